import { randomUUID } from "node:crypto"
import type { RequestHead } from "../../http1/index.ts"
import type { Forward, HeaderOperations } from "../snapshot.ts"
import { applyChanges, dropHopByHop } from "./headers.ts"
import type { Proxy } from "./proxy.ts"
import { rewritePath, type Target } from "./rewrite.ts"

/** What a client asked to switch to; only WebSocket is let through, as in Istio's proxies. */
export function requestedUpgrade(head: RequestHead): "websocket" | undefined {
  return head.fields.get("upgrade")?.toLowerCase() === "websocket" ? "websocket" : undefined
}

/**
 * Changes a request's head, in place, to what the application gets, save for the attempt count that differs per try.
 */
export function prepareRequest(
  head: RequestHead,
  target: Target,
  proxy: Proxy,
  forward: Forward | undefined,
  prefixLength: number,
  operations: readonly (HeaderOperations | undefined)[],
): void {
  const { fields } = head
  const upgrade = requestedUpgrade(head)
  dropHopByHop(fields)
  if (upgrade) {
    fields.append("connection", "Upgrade")
    fields.append("upgrade", upgrade)
  }
  if (proxy.kind === "gateway") {
    const before = fields.joined("x-forwarded-for")
    const address = proxy.remoteAddress ?? "unknown"
    fields.set("x-forwarded-for", before === undefined ? address : `${before},${address}`)
    // Addresses of private networks count as internal, and clients of the embedded gateway have no others.
    fields.set("x-envoy-internal", "true")
  }
  if (!fields.has("x-forwarded-proto")) fields.append("x-forwarded-proto", "http")
  if (!fields.has("x-request-id")) fields.append("x-request-id", randomUUID())
  const path = rewritePath(target.path, forward?.rewrite, prefixLength)
  if (path !== target.path) fields.set("x-envoy-original-path", target.path + target.search)
  head.target = path + target.search
  for (const operation of operations) applyChanges(fields, operation?.request)
  if (forward?.rewrite?.authority !== undefined) fields.set("host", forward.rewrite.authority)
}

/** The bytes of a head. `attempt` counts from 1. */
export function renderRequest(head: RequestHead, attempt: number): string {
  head.fields.set("x-envoy-attempt-count", String(attempt))
  return `${head.method} ${head.target} HTTP/1.1\r\n${head.fields.toLines()}\r\n`
}
