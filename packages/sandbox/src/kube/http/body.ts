import type { IncomingMessage } from "node:http"
import { ApiError } from "../client.ts"
import { badRequest } from "../errors.ts"
import { scanJson } from "../validation/index.ts"
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

export interface ParsedBody {
  readonly value: unknown
  /** What is questionable about the text but does not keep it from being read: `duplicate field "spec.replicas"`. */
  readonly problems: readonly string[]
}

/** Throws a 400 that says what does not parse. `kind` is what the body should hold. */
export async function parseBody(
  body: Buffer,
  encoding: BodyEncoding,
  kind: string,
  decodeProtobuf: (body: Buffer) => Promise<unknown>,
): Promise<ParsedBody> {
  const unrecognized = (why: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`)
  switch (encoding) {
    case "json":
      return parseJson(body.toString("utf8"), (why) =>
        unrecognized(`couldn't get version/kind; json parse error: ${why}`),
      )
    case "yaml":
      return parseYaml(body.toString("utf8"), unrecognized)
    case "protobuf":
      return { value: await decodeProtobuf(body), problems: [] }
  }
}

/** `failure` makes the error of what is wrong with the text, in the words of Go's decoder. */
export function parseJson(text: string, failure: (why: string) => ApiError): ParsedBody {
  const { error, duplicates } = scanJson(text)
  if (error !== undefined) throw failure(error)
  return { value: JSON.parse(text), problems: duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`) }
}

export async function parseYaml(text: string, failure: (why: string) => ApiError): Promise<ParsedBody> {
  // Most requests are JSON: the parser is loaded with the first that is not.
  const { parseDocument } = await import("yaml")
  const document = parseDocument(text, { uniqueKeys: false })
  const [error] = document.errors
  if (error !== undefined) throw failure(`error converting YAML to JSON: yaml: ${inGoWords(error)}`)
  return { value: document.toJS({ maxAliasCount: 100 }), problems: [] }
}

/** What Go's parser says of the commonest mistakes; of others what ours says. */
const GO_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Flow sequence/, "did not find expected ',' or ']'"],
  [/^Flow map/, "did not find expected ',' or '}'"],
  [/^(Nested mappings|Implicit map keys)/, "mapping values are not allowed in this context"],
  [/^Tabs are not allowed/, "found a tab character that violates indentation"],
  [/^(Missing closing|.*closing quote)/, "found unexpected end of stream"],
  [/^(All mapping items|Unexpected)/, "did not find expected key"],
]

function inGoWords({ message, linePos }: { message: string; linePos?: readonly { readonly line: number }[] }): string {
  const words = GO_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? message.split("\n", 1)[0] ?? ""
  const line = linePos?.[0]?.line
  return line === undefined ? words : `line ${line}: ${words}`
}

const SHOWN_BYTES = 30

/** The beginning of a body, for messages. */
export function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>"
  const shown = body.subarray(0, SHOWN_BYTES)
  const text = body[0] === "{".charCodeAt(0) ? shown.toString("utf8") : shown.toString("hex")
  return body.length > SHOWN_BYTES ? `${text} ...` : text
}
