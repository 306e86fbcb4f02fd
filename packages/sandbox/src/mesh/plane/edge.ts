import { randomUUID } from "node:crypto"
import type { Fields } from "../../http1/index.ts"

/** What Envoy takes from nobody outside: fields by which its own proxies tell each other what to do. */
const internalFields = [
  "x-envoy-attempt-count",
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-is-timeout-retry",
  "x-envoy-max-retries",
  "x-envoy-original-host",
  "x-envoy-original-path",
  "x-envoy-retriable-header-names",
  "x-envoy-retriable-status-codes",
  "x-envoy-retry-grpc-on",
  "x-envoy-retry-on",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-rq-timeout-ms",
]

/**
 * Makes the head of a request from outside what the mesh may count on, as a gateway does that trusts no proxy before it:
 * who sent it, by which scheme, under an id of the gateway's. `address` is the client's.
 */
export function admitFromOutside(fields: Fields, address: string): void {
  for (const name of internalFields) fields.remove(name)
  const before = fields.joined("x-forwarded-for")
  fields.set("x-forwarded-for", before === undefined ? address : `${before},${address}`)
  fields.set("x-envoy-external-address", address)
  fields.set("x-forwarded-proto", "http")
  fields.set("x-request-id", randomUUID())
}
