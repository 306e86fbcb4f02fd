import { STATUS_CODES } from "node:http"
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import {
  BodyScanner,
  type Fields,
  findHeadEnd,
  listHas,
  MalformedMessage,
  parseRequestHead,
  requestFraming,
  type Framing,
  type RequestHead,
} from "../../http1/index.ts"
import { localReplyFields } from "./local-reply.ts"

/** What takes care of one request. */
export interface RequestHandler {
  /** The head is here; may answer at once. */
  start(): void
  /** Bytes of the body as they came. False: no more until `resume`. */
  body(bytes: Buffer): boolean
  bodyEnd(): void
  /** The client went away before the response was complete. */
  aborted(): void
  /** The client takes bytes again after a `write` that was answered with false. */
  drain(): void
}

/** Bytes of further requests that are kept while one is being answered. */
const maxPipelined = 64 * 1024
/** Envoy's `delayed_close_timeout`. */
const closeLimitMs = 1000
const empty = Buffer.alloc(0)

/** The server's end of an HTTP/1.1 connection; pipelined requests are answered one after the other. */
export class ServerConnection {
  readonly socket: Duplex
  readonly #open: (head: RequestHead, framing: Framing) => RequestHandler
  readonly #server: string
  #handler: RequestHandler | undefined
  #scanner: BodyScanner | undefined
  #rest: Buffer = empty
  #heldHead: string | undefined
  #keepAlive = true
  #closing = false
  #reading = false
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk)
  readonly #onDrain = (): void => this.#handler?.drain()
  readonly #onGone = (): void => this.#gone()

  /** `server` is the product name in the `Server` field of replies to requests that cannot be understood. */
  constructor(socket: Duplex, server: string, open: (head: RequestHead, framing: Framing) => RequestHandler) {
    this.socket = socket
    this.#server = server
    this.#open = open
    if (socket instanceof Socket) socket.setNoDelay(true)
    socket.on("data", this.#onData).on("drain", this.#onDrain)
    socket.on("end", this.#onGone).on("error", this.#onGone).on("close", this.#onGone)
  }

  /** Starts the response. The bytes go out with the first of the body, or at `flush`. */
  writeHead(status: number, fields: Fields): void {
    const close = this.#keepAlive ? "" : "connection: close\r\n"
    this.#heldHead = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n${fields.toLines()}${close}\r\n`
  }

  /** An informational response. */
  writeInterim(status: number, fields: Fields): void {
    this.socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${fields.toLines()}\r\n`, "latin1")
  }

  /** False: the client reads slower than we write; wait for `drain`. */
  write(bytes: Buffer): boolean {
    const head = this.#heldHead
    if (head === undefined) return this.socket.write(bytes)
    this.#heldHead = undefined
    const joined = Buffer.allocUnsafe(head.length + bytes.length)
    joined.write(head, "latin1")
    bytes.copy(joined, head.length)
    return this.socket.write(joined)
  }

  flush(): void {
    if (this.#heldHead === undefined) return
    this.socket.write(this.#heldHead, "latin1")
    this.#heldHead = undefined
  }

  /** The response is complete. */
  finish(): void {
    this.flush()
    this.#handler = undefined
    // A request whose body is still coming would have to be read to its end first: closing is cheaper and safe.
    if (!this.#keepAlive || this.#scanner?.done === false) {
      this.#closeGently()
      return
    }
    this.socket.resume()
    this.#advance()
  }

  /** The connection ends after this response. */
  closeAfterwards(): void {
    this.#keepAlive = false
  }

  /** Breaks the connection: the response cannot be completed. */
  abort(): void {
    this.#handler = undefined
    this.#closing = true
    this.socket.destroy()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Gives the connection away for another protocol, with the bytes that were read beyond the request. */
  release(): Buffer {
    this.flush()
    const rest = this.#rest
    this.#handler = undefined
    this.#rest = empty
    this.socket.off("data", this.#onData).off("drain", this.#onDrain)
    this.socket.off("end", this.#onGone).off("error", this.#onGone).off("close", this.#onGone)
    this.socket.pause()
    return rest
  }

  #gone(): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#closing = true
    this.socket.destroy()
    handler?.aborted()
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#advance()
  }

  /** Works off what has arrived. Responses given at once call this again through `finish`, hence the guard. */
  #advance(): void {
    if (this.#reading) return
    this.#reading = true
    try {
      while (!this.#closing && this.#rest.length > 0 && this.#step()) continue
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#reading = false
    }
  }

  /** Takes a head or a piece of a body; false when more bytes are needed or it is not yet time for them. */
  #step(): boolean {
    const bytes = this.#rest
    if (this.#handler && this.#scanner && !this.#scanner.done) {
      const handler = this.#handler
      const end = this.#scanner.scan(bytes, 0)
      this.#rest = bytes.subarray(end)
      if (!handler.body(end === bytes.length ? bytes : bytes.subarray(0, end))) this.socket.pause()
      if (this.#scanner.done && this.#handler === handler) handler.bodyEnd()
      return true
    }
    if (this.#handler) {
      if (bytes.length > maxPipelined) this.socket.pause()
      return false
    }
    // Empty lines before a request are to be ignored (RFC 9112 section 2.2).
    if (bytes[0] === 13 && bytes[1] === 10) {
      this.#rest = bytes.subarray(2)
      return true
    }
    const size = findHeadEnd(bytes)
    if (size < 0) return false
    this.#rest = bytes.subarray(size)
    this.#begin(parseRequestHead(bytes.toString("latin1", 0, size)))
    return true
  }

  #begin(head: RequestHead): void {
    if (head.minor === 0) throw new MalformedMessage(426, "HTTP/1.0 is not served")
    const framing = requestFraming(head)
    this.#keepAlive = !listHas(head.fields.joined("connection"), "close")
    this.#scanner = new BodyScanner(framing)
    const handler = this.#open(head, framing)
    this.#handler = handler
    handler.start()
    if (this.#scanner.done && this.#handler === handler) handler.bodyEnd()
  }

  #refuse(error: unknown): void {
    if (!(error instanceof MalformedMessage)) {
      this.abort()
      throw error
    }
    const handler = this.#handler
    this.#keepAlive = false
    if (handler) {
      this.abort()
      handler.aborted()
      return
    }
    this.writeHead(error.status, localReplyFields("", this.#server, ""))
    this.flush()
    this.#closeGently()
  }

  /**
   * Ends our side and reads on for a while: closing at once would answer bytes still under way with a reset, which can
   * destroy the answer before the client has read it (RFC 9112 section 9.6).
   */
  #closeGently(): void {
    this.#closing = true
    this.socket.end()
    this.socket.resume()
    const timer = setTimeout(() => this.socket.destroy(), closeLimitMs)
    timer.unref()
    this.socket.once("close", () => clearTimeout(timer))
  }
}
