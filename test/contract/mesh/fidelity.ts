import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

export const allowed: readonly AllowedDifference[] = [
  {
    case: "retries/a-connection-that-is-reset",
    what: "an idempotent request whose connection is reset before any answer is sent once more over another one, whatever the route's retries say; Envoy answers 503",
    reason: "pods of the embedded world that stop lose no request, as behind a sidecar that drains",
    source: "RFC 9110 section 9.2.2 and RFC 9112 section 9.3.1: a client may repeat idempotent requests",
  },
  {
    case: "balancing/hash-of-a-header",
    what: "`consistentHash` is not carried out: requests go to the pod with the least requests; the DestinationRule gets a warning (SERIN001)",
    reason: "the story's applications keep no sessions",
    source: "Istio's reference, Destination Rule, LoadBalancerSettings, for what it does there",
  },
  {
    case: "validation/gateways",
    what: "a gateway named `name.namespace.svc…` is taken without the warning that istiod gives",
    reason: "the embedded API server's admission has no warnings",
    source: "Kubernetes' reference, Dynamic Admission Control, Response: warnings are optional",
  },
]

export const uncompared: readonly Uncompared[] = [
  {
    what: "Istio's telemetry: `istio_requests_total` and the other metrics of source `istio` are seen only in the embedded world, with the labels of Istio's documentation (Reference, Istio Standard Metrics)",
    reason: "upstream's Envoy lacks Istio's filters; source `envoy` is judged on the real world",
  },
  {
    what: "mutual TLS, HTTPS at the gateway and proxies beside the receiving pods",
    reason: "upstream's Envoy comes without Istio's agent, which holds certificates and takes what comes in",
  },
  {
    what: "Gateways on other ports than 80",
    reason: "the embedded gateway opens that one; other servers get a warning (SERIN001)",
  },
  {
    what: "`x-envoy-decorator-operation`, a field of requests",
    reason: "it names the route for traces, and the receiver's own proxy takes it away",
  },
  {
    what: "other commands than `%%` and `%PROTOCOL%` in values of header fields",
    reason: "they are passed on as they are written",
  },
  {
    what: "the name of the webhook in refusals, addresses, times and the order of header fields",
    reason: "they are those of an installation or of a run",
  },
  {
    what: "`connection`, `keep-alive`, `date`, `transfer-encoding`, the length of what the contract's own pods answer, and how many milliseconds `x-envoy-upstream-service-time` has",
    reason: "they belong to one connection or one run; that bodies come whole is seen from the bodies",
  },
]
