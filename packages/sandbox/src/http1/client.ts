import type { Duplex } from "node:stream"
import { Socket } from "node:net"
import { BodyScanner, responseFraming, type Framing } from "./body.ts"
import { listHas } from "./fields.ts"
import { findHeadEnd, parseResponseHead, type ResponseHead } from "./head.ts"

/** What happens to one response; all calls come from socket events, never from inside `send`. */
export interface ResponseHandler {
  /** 100, 103: more will follow. */
  informational(head: ResponseHead): void
  head(head: ResponseHead, framing: Framing): void
  /** Bytes of the body as they came, chunk framing included. */
  body(bytes: Buffer): void
  /** The response is complete. `reusable`: the connection may carry another request. */
  end(reusable: boolean): void
  /** The connection broke first. `begun`: some bytes of the response had arrived. */
  failed(error: Error, begun: boolean): void
  /** 101: the connection is the caller's from here; `rest` are bytes of the new protocol that came already. */
  upgraded(head: ResponseHead, socket: Duplex, rest: Buffer): void
  /** All that arrived at once has been delivered: time to flush what was held back. */
  batchEnd(): void
  /** The socket takes request bytes again. */
  drain(): void
}

interface Pending {
  readonly method: string
  readonly handler: ResponseHandler
  framing: Framing["kind"] | undefined
  scanner: BodyScanner | undefined
  begun: boolean
  /** The peer keeps the connection after this response. */
  persistent: boolean
}

const empty = Buffer.alloc(0)

/** The client's end of an HTTP/1.1 connection: one request at a time, no pipelining (RFC 9112 section 9). */
export class ClientConnection {
  closed = false
  /** Bytes of content of the last response that was completed, without chunk framing. */
  contentBytes = 0
  /** Responses completed so far: 0 means that the peer has not yet proven to be there. */
  served = 0
  /** How long the peer keeps the connection when idle, if it said so in `Keep-Alive: timeout=N`. */
  keepAliveMs: number | undefined
  /** Called once, when the connection can no longer be used. */
  onClose: (() => void) | undefined

  readonly socket: Duplex
  #pending: Pending | undefined
  #rest: Buffer = empty
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk)
  readonly #onEnd = (): void => this.#ended()
  readonly #onError = (error: Error): void => this.#lost(error)
  readonly #onClosed = (): void => this.#lost(new Error("the connection was closed"))
  readonly #onDrain = (): void => this.#pending?.handler.drain()

  constructor(socket: Duplex) {
    this.socket = socket
    if (socket instanceof Socket) socket.setNoDelay(true)
    socket.on("data", this.#onData).on("end", this.#onEnd).on("drain", this.#onDrain)
    socket.on("error", this.#onError).on("close", this.#onClosed)
    if (socket.destroyed) this.closed = true
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#pending !== undefined
  }

  /** Starts a request: `head` is its complete head, optionally with the body's first bytes. */
  send(method: string, head: string | Buffer, handler: ResponseHandler): boolean {
    this.#pending = { method, handler, framing: undefined, scanner: undefined, begun: false, persistent: false }
    return typeof head === "string" ? this.socket.write(head, "latin1") : this.socket.write(head)
  }

  /** Further bytes of the request's body, framed. False: wait for `drain`. */
  write(bytes: Buffer): boolean {
    return this.closed ? true : this.socket.write(bytes)
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Closes at once; a request under way gets no further call. */
  destroy(): void {
    this.#pending = undefined
    this.socket.destroy()
    this.#close()
  }

  #close(): void {
    if (this.closed) return
    this.closed = true
    this.onClose?.()
  }

  #ended(): void {
    const pending = this.#pending
    if (pending?.framing === "close") {
      this.#pending = undefined
      this.contentBytes = pending.scanner?.content ?? 0
      this.#close()
      this.socket.destroy()
      pending.handler.end(false)
      return
    }
    this.#lost(new Error("the connection was closed by the peer"))
  }

  #lost(error: Error): void {
    const pending = this.#pending
    this.#pending = undefined
    this.#close()
    this.socket.destroy()
    pending?.handler.failed(error, pending.begun)
  }

  #receive(chunk: Buffer): void {
    const pending = this.#pending
    if (!pending) {
      // Bytes that nobody asked for: a server that times out may say so (408) before it closes.
      this.destroy()
      return
    }
    pending.begun = true
    try {
      this.#parse(pending, this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk)
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (!this.closed) pending.handler.batchEnd()
  }

  #parse(pending: Pending, bytes: Buffer): void {
    this.#rest = empty
    let at = 0
    while (!pending.scanner) {
      const from = at === 0 ? bytes : bytes.subarray(at)
      const size = findHeadEnd(from)
      if (size < 0) {
        this.#rest = from
        return
      }
      const head = parseResponseHead(from.toString("latin1", 0, size))
      at += size
      if (head.status === 101) {
        this.#hand(pending, head, bytes.subarray(at))
        return
      }
      if (head.status < 200) pending.handler.informational(head)
      else {
        const framing = responseFraming(head, pending.method)
        pending.framing = framing.kind
        pending.scanner = new BodyScanner(framing)
        // Read before the handler gets the head, which is its own to change.
        const connection = head.fields.joined("connection")
        pending.persistent = !listHas(connection, "close") && (head.minor === 1 || listHas(connection, "keep-alive"))
        this.keepAliveMs = keepAliveHint(head)
        pending.handler.head(head, framing)
      }
    }
    // The handler may have given up on the response (a retry, a client that went away).
    if (this.#pending !== pending) return
    const end = pending.scanner.scan(bytes, at)
    if (end > at) pending.handler.body(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (pending.scanner.done && this.#pending === pending) this.#complete(pending, end === bytes.length)
  }

  #complete(pending: Pending, clean: boolean): void {
    this.#pending = undefined
    this.contentBytes = pending.scanner?.content ?? 0
    this.served++
    const reusable = clean && pending.persistent && !this.closed
    if (!reusable) {
      this.#close()
      this.socket.destroy()
    }
    pending.handler.end(reusable)
  }

  #hand(pending: Pending, head: ResponseHead, rest: Buffer): void {
    const { socket } = this
    this.#pending = undefined
    socket.off("data", this.#onData).off("end", this.#onEnd).off("drain", this.#onDrain)
    socket.off("error", this.#onError).off("close", this.#onClosed)
    socket.pause()
    this.#close()
    pending.handler.upgraded(head, socket, rest)
  }
}

function keepAliveHint(head: ResponseHead): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(head.fields.get("keep-alive") ?? "")?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
