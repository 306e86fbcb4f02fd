import { listHas } from "./fields.ts"
import { MalformedMessage, type RequestHead, type ResponseHead } from "./head.ts"

/** How the end of a body is known (RFC 9112 section 6). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** Responses only: until the peer closes. */
  | { readonly kind: "close" }

const none: Framing = { kind: "none" }
const chunked: Framing = { kind: "chunked" }
const untilClose: Framing = { kind: "close" }

/**
 * Throws MalformedMessage where a lenient reading could be understood differently by the next server: both
 * Content-Length and Transfer-Encoding, lengths that differ, an unknown coding.
 */
export function requestFraming(head: RequestHead): Framing {
  const coding = head.fields.joined("transfer-encoding")
  const length = contentLength(head)
  if (coding !== undefined) {
    if (length !== undefined) throw new MalformedMessage(400, "both Content-Length and Transfer-Encoding")
    if (coding.toLowerCase() !== "chunked") throw new MalformedMessage(501, "unknown transfer coding")
    return chunked
  }
  return length === undefined || length === 0 ? none : { kind: "length", bytes: length }
}

export function responseFraming(head: ResponseHead, requestMethod: string): Framing {
  const { status } = head
  if (requestMethod === "HEAD" || status < 200 || status === 204 || status === 304) return none
  const coding = head.fields.joined("transfer-encoding")
  const length = contentLength(head)
  if (coding !== undefined) {
    if (length !== undefined) throw new MalformedMessage(400, "both Content-Length and Transfer-Encoding")
    return listHas(coding, "chunked") ? chunked : untilClose
  }
  if (length === undefined) return untilClose
  return length === 0 ? none : { kind: "length", bytes: length }
}

function contentLength(head: RequestHead | ResponseHead): number | undefined {
  const value = head.fields.joined("content-length")
  if (value === undefined) return undefined
  const values = new Set(value.split(",").map((item) => item.trim()))
  const [only = ""] = values
  if (values.size !== 1 || !/^\d{1,15}$/.test(only)) throw new MalformedMessage(400, "not a Content-Length")
  return Number(only)
}

const CR = 13
const LF = 10

/**
 * Finds where a body ends in a stream of chunks, without changing or copying bytes: a proxy forwards a chunked body
 * with its framing as it came, and only needs to know its end.
 */
export class BodyScanner {
  done: boolean
  /** Bytes of content seen so far, without chunk framing. */
  content = 0

  readonly #kind: Framing["kind"]
  #remaining: number
  #chunk: "size" | "extension" | "data" | "data-end" | "trailer" = "size"
  #afterCR = false
  /** Bytes in the present line. */
  #line = 0
  #digits = 0

  constructor(framing: Framing) {
    this.#kind = framing.kind
    this.#remaining = framing.kind === "length" ? framing.bytes : 0
    this.done = framing.kind === "none"
  }

  /** The index behind the last byte that belongs to this body. Throws MalformedMessage on broken chunk framing. */
  scan(bytes: Buffer, from: number): number {
    if (this.done) return from
    if (this.#kind === "close") {
      this.content += bytes.length - from
      return bytes.length
    }
    if (this.#kind === "chunked") return this.#scanChunked(bytes, from)
    const end = this.#take(bytes, from)
    if (this.#remaining === 0) this.done = true
    return end
  }

  #take(bytes: Buffer, from: number): number {
    const taken = Math.min(this.#remaining, bytes.length - from)
    this.#remaining -= taken
    this.content += taken
    return from + taken
  }

  #scanChunked(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length) {
      if (this.#chunk === "data") {
        at = this.#take(bytes, at)
        if (this.#remaining === 0) this.#chunk = "data-end"
        continue
      }
      this.#lineByte(bytes[at++] ?? 0)
      if (this.done) return at
    }
    return at
  }

  /** One byte of a size line, of a trailer line, or of the line end behind a chunk's data. */
  #lineByte(byte: number): void {
    if (byte === LF) {
      if (!this.#afterCR) throw new MalformedMessage(400, "a line end in chunk framing without its CR")
      this.#afterCR = false
      this.#lineEnd()
      return
    }
    if (this.#afterCR) throw new MalformedMessage(400, "a CR in chunk framing without its LF")
    if (byte === CR) {
      this.#afterCR = true
      return
    }
    if (this.#chunk === "size") this.#sizeByte(byte)
    else if (this.#chunk === "data-end") throw new MalformedMessage(400, "a chunk is longer than its size")
    this.#line++
  }

  #lineEnd(): void {
    const empty = this.#line === 0
    this.#line = 0
    if (this.#chunk === "data-end") this.#chunk = "size"
    else if (this.#chunk === "trailer") this.done = empty
    else {
      if (this.#digits === 0) throw new MalformedMessage(400, "not a chunk size")
      this.#digits = 0
      this.#chunk = this.#remaining === 0 ? "trailer" : "data"
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte)
    if (digit < 0) {
      if (this.#digits === 0) throw new MalformedMessage(400, "not a chunk size")
      this.#chunk = "extension"
      return
    }
    if (++this.#digits > 12) throw new MalformedMessage(400, "a chunk size is too large")
    this.#remaining = this.#remaining * 16 + digit
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
