import { grown } from "./columns.ts"

/** Numbers and texts as bytes, in a row that grows. */
export class ByteWriter {
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length] = byte
    this.#length += 1
  }

  /** A whole number from 0 to 2^53, seven bits a byte, lowest first. */
  whole(number: number): void {
    let rest = number
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128)
    this.byte(rest)
  }

  signed(number: number): void {
    this.whole(number >= 0 ? number * 2 : -number * 2 - 1)
  }

  word(word: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, word, true)
    this.#length += 4
  }

  double(number: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, number, true)
    this.#length += 8
  }

  /** Any number; short if it is whole and near the one before. */
  number(number: number, before: number): void {
    const step = number - before
    // `step` alone would not tell −0, nor a sum that is rounded.
    if (Number.isInteger(step) && Math.abs(step) < 2 ** 50 && Object.is(before + step, number))
      this.whole((step >= 0 ? step * 2 : -step * 2 - 1) * 2)
    else {
      this.byte(1)
      this.double(number)
    }
  }

  text(text: string): void {
    const bytes = encoder.encode(text)
    this.whole(bytes.length)
    this.append(bytes)
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    this.#bytes = grown(this.#bytes, this.#length + more)
    this.#view = new DataView(this.#bytes.buffer)
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads what a ByteWriter wrote. Throws RangeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    const byte = this.#view.getUint8(this.#at)
    this.#at += 1
    return byte
  }

  whole(): number {
    let number = 0
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte()
      number += (byte & 127) * unit
      if (byte < 128) return number
    }
  }

  signed(): number {
    return fromZigzag(this.whole())
  }

  word(): number {
    const word = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return word
  }

  double(): number {
    const number = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return number
  }

  number(before: number): number {
    const code = this.whole()
    return code === 1 ? this.double() : before + fromZigzag(code / 2)
  }

  text(): string {
    return decoder.decode(this.take(this.whole()))
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError(`${String(length)} bytes asked for, ${String(this.left)} left`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

const fromZigzag = (zigzag: number): number => (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2)
