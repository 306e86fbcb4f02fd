import { randomUUID } from "node:crypto"
import type { RequestHead } from "../../http1/index.ts"
import type { Forward, HeaderOperations } from "../snapshot.ts"
import { applyChanges, dropHopByHop } from "./headers.ts"
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
  if (!fields.has("x-forwarded-proto")) fields.append("x-forwarded-proto", "http")
  // Envoy says of requests that could have a body and have none that it is empty.
  const withBody = fields.has("content-length") || fields.has("transfer-encoding")
  if (!withBody && !["GET", "HEAD", "CONNECT"].includes(head.method)) fields.append("content-length", "0")
  if (!fields.has("x-request-id")) fields.append("x-request-id", randomUUID())
  const path = rewritePath(target.path, forward?.rewrite, prefixLength)
  if (forward?.rewrite?.uri !== undefined || forward?.rewrite?.uriRegex) {
    fields.set("x-envoy-original-path", target.path + target.search)
  }
  head.target = path + target.search
  const host = fields.get("host") ?? ""
  for (const operation of operations) applyChanges(fields, operation?.request)
  if (forward?.rewrite?.authority !== undefined) fields.set("host", forward.rewrite.authority)
  if (fields.get("host") !== host) fields.set("x-envoy-original-host", host)
  // Of one try, where that has a limit of its own.
  const expected = forward?.retries?.perTryTimeoutMs ?? forward?.timeoutMs
  if (expected !== undefined) fields.set("x-envoy-expected-rq-timeout-ms", String(expected))
}

/** The bytes of a head. `attempt` counts from 1. */
export function renderRequest(head: RequestHead, attempt: number): string {
  head.fields.set("x-envoy-attempt-count", String(attempt))
  return `${head.method} ${head.target} HTTP/1.1\r\n${head.fields.toLines()}\r\n`
}
