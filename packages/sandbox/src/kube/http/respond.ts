import type { IncomingMessage, ServerResponse } from "node:http"
import type { ApiError } from "../client.ts"
import { statusOf } from "../errors.ts"
import { JSON_REPRESENTATION, type Representation } from "./negotiate.ts"

/** An answer in the making: what it needs to know of its request, and the warnings gathered on the way. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly warnings: Set<string>
}

/** The warnings of one answer, in bytes of their text, that the real server passes on. */
const WARNINGS_LIMIT = 4_096

export async function sendJson(
  exchange: Exchange,
  code: number,
  body: unknown,
  representation = JSON_REPRESENTATION,
): Promise<void> {
  send(exchange, code, representation.contentType, await encode(exchange, body, representation))
}

export function send({ response, warnings }: Exchange, code: number, contentType: string, body: Buffer | string): void {
  setWarnings(response, warnings)
  response.writeHead(code, { "content-type": contentType, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

export async function sendError(exchange: Exchange, error: ApiError): Promise<void> {
  const retry = error.details?.["retryAfterSeconds"]
  if (typeof retry === "number") exchange.response.setHeader("retry-after", String(retry))
  await sendJson(exchange, error.code, statusOf(error))
}

async function encode({ request, url }: Exchange, body: unknown, { encoding }: Representation): Promise<string> {
  if (encoding === "yaml") {
    const { stringify } = await import("yaml")
    // As Go writes it: keys in order, lists not indented, whatever YAML 1.1 might take for something else quoted.
    const text = stringify(body, { sortMapEntries: true, indentSeq: false, lineWidth: 0, version: "1.1" })
    // A lone dot, the key of managedFields, is none of these.
    return text.replaceAll(/^([ -]*)"\.":/gm, "$1.:")
  }
  return isPretty(request, url) ? `${JSON.stringify(body, undefined, 2)}\n` : `${JSON.stringify(body)}\n`
}

/** Indented for people: when asked for, and for browsers and curl unless asked not to. */
function isPretty(request: IncomingMessage, url: URL): boolean {
  const asked = url.searchParams.get("pretty")
  if (asked !== null) return asked === "" || asked === "1" || asked.toLowerCase() === "true"
  const agent = request.headers["user-agent"] ?? ""
  return agent.startsWith("curl") || agent.startsWith("Wget") || agent.startsWith("Mozilla/5.0")
}

export function setWarnings(response: ServerResponse, warnings: Iterable<string>): void {
  const headers: string[] = []
  let size = 0
  for (const warning of warnings) {
    size += warning.length
    if (size > WARNINGS_LIMIT) break
    headers.push(`299 - ${JSON.stringify(warning)}`)
  }
  if (headers.length > 0) response.setHeader("warning", headers)
}
