import { Fields } from "./fields.ts"

/** A message that does not follow RFC 9112; `status` is what a server answers for it. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage"
  constructor(
    readonly status: 400 | 426 | 431 | 501,
    message: string,
  ) {
    super(message)
  }
}

export interface RequestHead {
  method: string
  /** As on the request line: origin form, absolute form, authority form or `*`. */
  target: string
  /** The minor version of HTTP/1. */
  readonly minor: 0 | 1
  readonly fields: Fields
}

export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly minor: 0 | 1
  readonly fields: Fields
}

/** Envoy's default for `max_request_headers_kb`. */
const maxHeadBytes = 60 * 1024
/** Envoy's default for `max_headers_count`. */
const maxFieldCount = 100

const headEnd = Buffer.from("\r\n\r\n")
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Control characters other than tab, and line ends that are not CRLF: each has been used to smuggle requests.
// oxlint-disable-next-line no-control-regex
const forbiddenPattern = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/

/**
 * Where the head that starts at 0 ends (the index behind its empty line), or -1 when more bytes are needed.
 * Throws MalformedMessage (431) when it is longer than `maxHeadBytes`.
 */
export function findHeadEnd(bytes: Buffer): number {
  const at = bytes.indexOf(headEnd)
  const size = at < 0 ? bytes.length : at
  if (size > maxHeadBytes) throw new MalformedMessage(431, "the header fields are too large")
  return at < 0 ? -1 : at + 4
}

/** Parses a request's head, the final empty line included (RFC 9112 section 3). Throws MalformedMessage. */
export function parseRequestHead(text: string): RequestHead {
  rejectControlCharacters(text)
  const lineEnd = text.indexOf("\r\n")
  const methodEnd = text.indexOf(" ")
  const targetEnd = text.indexOf(" ", methodEnd + 1)
  if (methodEnd <= 0 || targetEnd < 0 || targetEnd > lineEnd) throw new MalformedMessage(400, "not a request line")
  const method = text.slice(0, methodEnd)
  const target = text.slice(methodEnd + 1, targetEnd)
  if (!tokenPattern.test(method) || target === "") throw new MalformedMessage(400, "not a request line")
  const minor = minorVersion(text.slice(targetEnd + 1, lineEnd))
  return { method, target, minor, fields: parseFields(text, lineEnd + 2) }
}

/** Parses a response's head (RFC 9112 section 4). Throws MalformedMessage. */
export function parseResponseHead(text: string): ResponseHead {
  rejectControlCharacters(text)
  const lineEnd = text.indexOf("\r\n")
  const minor = minorVersion(text.slice(0, 8))
  const status = Number(text.slice(9, 12))
  const behind = text.charAt(12)
  if (text.charAt(8) !== " " || !Number.isInteger(status) || status < 100 || (behind !== " " && behind !== "\r")) {
    throw new MalformedMessage(400, "not a status line")
  }
  return { status, reason: text.slice(13, Math.max(13, lineEnd)), minor, fields: parseFields(text, lineEnd + 2) }
}

function minorVersion(text: string): 0 | 1 {
  if (text === "HTTP/1.1") return 1
  if (text === "HTTP/1.0") return 0
  throw new MalformedMessage(400, "not HTTP/1.x")
}

function rejectControlCharacters(text: string): void {
  if (forbiddenPattern.test(text)) throw new MalformedMessage(400, "a control character in the header fields")
}

// The same few names come with every message: validated and lowered once. Bounded, since clients choose the names.
const knownNames = new Map<string, string>()

function fieldName(raw: string): string {
  const known = knownNames.get(raw)
  if (known !== undefined) return known
  if (!tokenPattern.test(raw)) throw new MalformedMessage(400, "not a field name")
  const name = raw.toLowerCase()
  if (knownNames.size < 1000) knownNames.set(raw, name)
  return name
}

function parseFields(text: string, start: number): Fields {
  const flat: string[] = []
  let at = start
  for (;;) {
    const end = text.indexOf("\r\n", at)
    if (end < 0) throw new MalformedMessage(400, "the header fields do not end")
    if (end === at) return new Fields(flat)
    const colon = text.indexOf(":", at)
    if (colon < 0 || colon > end) throw new MalformedMessage(400, "a header field without a colon")
    flat.push(fieldName(text.slice(at, colon)), text.slice(colon + 1, end).trim())
    if (flat.length > 2 * maxFieldCount) throw new MalformedMessage(431, "too many header fields")
    at = end + 2
  }
}
