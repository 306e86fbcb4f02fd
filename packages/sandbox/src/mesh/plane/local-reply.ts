import { Fields } from "../../http1/index.ts"

let second = -1
let text = ""

/** The `Date` field for now, made once a second. */
export function httpDate(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    text = new Date(now * 1000).toUTCString()
  }
  return text
}

/** Header fields of an answer that the proxy gives itself, as Envoy has them. */
export function localReplyFields(body: string, server: string, method: string): Fields {
  const fields = new Fields([])
  // To a HEAD it says what a GET would get, which of nothing is nothing.
  if (body !== "" || method !== "HEAD") fields.append("content-length", String(Buffer.byteLength(body)))
  if (body !== "") fields.append("content-type", "text/plain")
  fields.append("date", httpDate())
  fields.append("server", server)
  return fields
}

/** Envoy's text for a request that got no answer. */
export function connectErrorBody(reason: string, retried: boolean): string {
  const which = retried ? "retried and the latest reset reason" : "reset reason"
  return `upstream connect error or disconnect/reset before headers. ${which}: ${reason}`
}

/** `reason` is the system's, such as `Connection refused`. */
export function connectFailureReason(reason: string): string {
  return reason === "connection timeout"
    ? "connection timeout"
    : `remote connection failure, transport failure reason: delayed connect error: ${reason}`
}
