import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib"
import { spdyDictionary } from "./spdy-dictionary.ts"

/** Frames of SPDY/3.1 as far as port-forwarding uses them (SPDY protocol draft 3, section 2.6). */
export type Frame =
  | { readonly type: "open"; readonly stream: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly type: "reset"; readonly stream: number }
  | { readonly type: "data"; readonly stream: number; readonly data: Buffer; readonly last: boolean }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway" }

const control = 0x8003
const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goaway: 7 } as const
const flagFin = 1
const maxFrame = 16 << 20

/** Turns the bytes of one peer into frames, in order. The headers of all its streams share one compression. */
export class SpdyReader {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary, finishFlush: constants.Z_SYNC_FLUSH })
  readonly #onFrame: (frame: Frame) => void
  #rest: Buffer = Buffer.alloc(0)
  #work: Promise<void> = Promise.resolve()

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame
  }

  /** Resolves when the frames in it have been handed on; rejects when the bytes are no SPDY. */
  push(bytes: Buffer): Promise<void> {
    this.#work = this.#work.then(async () => {
      this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
      while (this.#rest.length >= 8) {
        const length = this.#rest.readUIntBE(5, 3)
        if (length > maxFrame) throw new Error("SPDY frame is too large")
        if (this.#rest.length < 8 + length) return
        const frame = this.#rest.subarray(0, 8 + length)
        this.#rest = this.#rest.subarray(8 + length)
        await this.#read(frame)
      }
    })
    return this.#work
  }

  close(): void {
    this.#inflate.close()
  }

  async #read(frame: Buffer): Promise<void> {
    const body = frame.subarray(8)
    const fin = (frame[4] ?? 0) & flagFin
    if (((frame[0] ?? 0) & 0x80) === 0) {
      this.#onFrame({ type: "data", stream: frame.readUInt32BE(0), data: body, last: fin !== 0 })
      return
    }
    if (frame.readUInt16BE(0) !== control) throw new Error("SPDY frame is of another version than 3")
    switch (frame.readUInt16BE(2)) {
      case types.synStream:
        // Header block after stream id, associated stream id, priority and slot.
        return this.#onFrame({
          type: "open",
          stream: body.readUInt32BE(0) & 0x7fffffff,
          headers: parseHeaders(await through(this.#inflate, body.subarray(10))),
        })
      case types.rstStream:
        return this.#onFrame({ type: "reset", stream: body.readUInt32BE(0) & 0x7fffffff })
      case types.ping:
        return this.#onFrame({ type: "ping", id: body.readUInt32BE(0) })
      case types.goaway:
        return this.#onFrame({ type: "goaway" })
      default:
      // Settings and window updates: this side needs neither.
    }
  }
}

/** Makes frames for the other peer. `reply` has to be awaited in order, for its headers share one compression. */
export class SpdyWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary })

  async reply(stream: number): Promise<Buffer> {
    const noHeaders = Buffer.alloc(4)
    return controlFrame(types.synReply, Buffer.concat([uint32(stream), await through(this.#deflate, noHeaders)]))
  }

  data(stream: number, data: Buffer, last: boolean): Buffer {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(stream, 0)
    head.writeUInt32BE(data.length, 4)
    if (last) head[4] = flagFin
    return Buffer.concat([head, data])
  }

  /** Ends a stream at once (INTERNAL_ERROR). */
  reset(stream: number): Buffer {
    return controlFrame(types.rstStream, Buffer.concat([uint32(stream), uint32(6)]))
  }

  pong(id: number): Buffer {
    return controlFrame(types.ping, uint32(id))
  }

  close(): void {
    this.#deflate.close()
  }
}

function controlFrame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(control, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Count of headers, then name and value, each with its length in four bytes (section 2.6.10). */
function parseHeaders(block: Buffer): Record<string, string> {
  const headers: Record<string, string> = {}
  let at = 4
  const next = (): string => {
    const length = block.readUInt32BE(at)
    const text = block.toString("utf8", at + 4, at + 4 + length)
    at += 4 + length
    return text
  }
  for (let count = block.readUInt32BE(0); count > 0; count -= 1) {
    const name = next()
    headers[name] = next()
  }
  return headers
}

/** One piece through a compression that goes on: what comes out of it up to the flush. */
function through(stream: Inflate | Deflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output: Buffer[] = []
    const take = (chunk: Buffer): void => void output.push(chunk)
    const failed = (error: Error): void => reject(error)
    stream.on("data", take)
    stream.once("error", failed)
    stream.write(input, () =>
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off("data", take)
        stream.off("error", failed)
        resolve(Buffer.concat(output))
      }),
    )
  })
}
