import type { IncomingMessage } from "node:http"
import { LineCounter, parseDocument } from "yaml"
import { ApiError } from "../client.ts"
import { badRequest } from "../errors.ts"
import type { BodyEncoding } from "./negotiate.ts"

/** As the real server: 3 MiB. */
const LIMIT = 3 * 1024 * 1024

/** Throws a 413 for more than the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LIMIT)
      throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${LIMIT}`, {})
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Throws a 400 that says what does not parse. */
export function parseBody(body: Buffer, encoding: BodyEncoding, decodeProtobuf: (body: Buffer) => unknown): unknown {
  switch (encoding) {
    case "json":
      return parseJson(body.toString("utf8"))
    case "yaml":
      return parseYaml(body.toString("utf8"))
    case "protobuf":
      return decodeProtobuf(body)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${reason(error)}`)
  }
}

export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { lineCounter: new LineCounter(), uniqueKeys: false })
  const [error] = document.errors
  if (error !== undefined) throw badRequest(`error converting YAML to JSON: yaml: ${error.message}`)
  return document.toJS({ maxAliasCount: 100 })
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
