import { portOf } from "./connector.ts"

/** Why a request got no answer, worded as Go programs do, since people search for these texts. */
export function describeFailure(error: unknown, method: string, url: URL, timedOut: boolean): string {
  const verb = method.charAt(0) + method.slice(1).toLowerCase()
  return `${verb} "${url.href}": ${timedOut ? "context deadline exceeded (request timed out; see -t)" : reason(error, url)}`
}

function reason(error: unknown, url: URL): string {
  if (!(error instanceof Error)) return String(error)
  const address = `dial tcp ${url.hostname}:${portOf(url)}`
  // Several addresses were tried.
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  switch ("code" in cause ? cause.code : undefined) {
    case "ECONNREFUSED":
      return `${address}: connect: connection refused`
    case "ETIMEDOUT":
      return `${address}: i/o timeout`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${url.hostname}: no such host`
    case "ECONNRESET":
      return "read: connection reset by peer"
    case "EPIPE":
      return "write: broken pipe"
    default:
      return cause.message.startsWith("the connection was closed") ? "EOF" : cause.message
  }
}
