import type { IncomingMessage, ServerResponse } from "node:http"

/** A request body is longer than the server takes. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError"
  constructor(readonly limit: number) {
    super(`The request body is longer than the ${limit} bytes that are taken here.`)
  }
}

/** Reads a body of at most `limit` bytes into memory; a longer one rejects with `BodyTooLargeError`. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new BodyTooLargeError(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, JSON.stringify(body), { "content-type": "application/json; charset=utf-8", ...headers })
}

/** Sends a whole body at once. For HEAD requests node:http drops the body and keeps its length. */
export function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer = "",
  headers: Readonly<Record<string, string>> = {},
): void {
  // An answer that never has a body says no length of it (RFC 9110, 8.6).
  const bodiless = status === 204 || status === 304
  response.writeHead(status, { ...(bodiless ? {} : { "content-length": String(Buffer.byteLength(body)) }), ...headers })
  response.end(body)
}

/** `user:password` of an `Authorization: Basic` header. */
export function basicCredentials(header: string | undefined): { username: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? "")?.[1]
  if (encoded === undefined) return undefined
  const decoded = Buffer.from(encoded, "base64").toString("utf8")
  const colon = decoded.indexOf(":")
  if (colon < 0) return undefined
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}
