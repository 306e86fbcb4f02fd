import { Transform, type TransformCallback } from "node:stream"
import { createGunzip } from "node:zlib"
import { Decompress } from "fzstd"

/**
 * A transform that unpacks gzip, zstd or nothing, by the first bytes: media types of layers are not always right, and
 * container runtimes go by the bytes too.
 */
export function decompressor(firstBytes: Buffer): Transform | undefined {
  if (firstBytes[0] === 0x1f && firstBytes[1] === 0x8b) return createGunzip()
  if (firstBytes.length >= 4 && firstBytes.readUInt32LE(0) === 0xfd2fb528) return new Unzstd()
  return undefined
}

/** Node 20 has no zstd of its own. */
class Unzstd extends Transform {
  readonly #stream = new Decompress((chunk) => {
    this.push(Buffer.from(chunk))
  })
  /** fzstd wants to know which piece is the last one, so one piece is held back. */
  #held: Buffer | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const before = this.#held
    this.#held = chunk
    this.#feed(before, false, done)
  }

  override _flush(done: TransformCallback): void {
    this.#feed(this.#held, true, done)
  }

  #feed(chunk: Buffer | undefined, last: boolean, done: TransformCallback): void {
    try {
      if (chunk) this.#stream.push(new Uint8Array(chunk), last)
      done()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
