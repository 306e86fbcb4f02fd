import type { RetryPolicy } from "../snapshot.ts"

/**
 * Istio's policy for routes that state none. Its `retriable-status-codes` comes without any code, so a 503 that an
 * application answers is passed on (since Istio 1.24).
 */
export const defaultRetries: RetryPolicy = {
  attempts: 2,
  on: ["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"],
  statuses: [],
  backoffMs: 25,
  ignorePreviousHosts: true,
}

/** How an attempt failed without an answer. */
export type AttemptFailure =
  /** No connection: the request was not sent. */
  | "connect"
  /** The connection broke after the request was sent, before the answer began. */
  | "reset"
  /** `perTryTimeout` passed. */
  | "per-try-timeout"

const grpcConditions: Readonly<Record<string, string>> = {
  "1": "cancelled",
  "4": "deadline-exceeded",
  "8": "resource-exhausted",
  "13": "internal",
  "14": "unavailable",
}

/** Envoy's `x-envoy-retry-on` and `x-envoy-retry-grpc-on` conditions for an answer. */
export function retriesAnswer(policy: RetryPolicy, status: number, grpcStatus: string | undefined): boolean {
  const on = (condition: string): boolean => policy.on.includes(condition)
  if (on("5xx") && status >= 500) return true
  if (on("gateway-error") && status >= 502 && status <= 504) return true
  if (on("retriable-4xx") && status === 409) return true
  if (on("retriable-status-codes") && policy.statuses.includes(status)) return true
  const condition = grpcStatus === undefined ? undefined : grpcConditions[grpcStatus]
  return condition !== undefined && on(condition)
}

export function retriesFailure(policy: RetryPolicy, failure: AttemptFailure): boolean {
  const on = (condition: string): boolean => policy.on.includes(condition)
  if (on("5xx") || on("gateway-error")) return true
  if (failure === "connect") return on("connect-failure") || on("reset-before-request") || on("reset")
  return on("reset")
}

/** Fully jittered and doubling, at most ten times the base: Envoy's back-off before the `retry`-th retry (from 1). */
export function backoffMs(policy: RetryPolicy, retry: number, random: () => number): number {
  return Math.floor(random() * Math.min(policy.backoffMs * (2 ** retry - 1), policy.backoffMs * 10))
}

/** Methods that may be sent again although the first may have taken effect (RFC 9110 section 9.2.2). */
export function isIdempotent(method: string): boolean {
  return ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].includes(method)
}
