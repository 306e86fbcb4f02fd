import { ExpositionError } from "./exposition-error.ts"

/** A field of a message as protobuf writes it, before its type is known. */
export interface WireField {
  readonly number: number
  /** Varints as they are; eight bytes as the float that they are; the rest as bytes. */
  readonly value: bigint | number | Uint8Array
}

/** The fields of a message, in the order in which they come (Protocol Buffers, "Encoding"). Throws ExpositionError. */
export function wireFields(message: Uint8Array): WireField[] {
  const reader = new WireReader(message)
  const fields: WireField[] = []
  while (!reader.isAtEnd) fields.push(reader.field())
  return fields
}

/** Messages that stand one after the other, each behind its length. Throws ExpositionError. */
export function delimited(bytes: Uint8Array): Uint8Array[] {
  const reader = new WireReader(bytes)
  const messages: Uint8Array[] = []
  while (!reader.isAtEnd) messages.push(reader.bytes())
  return messages
}

/** Numbers of a repeated field that may stand packed in one field. Throws ExpositionError. */
export function unpacked(value: WireField["value"], kind: "varint" | "double"): (bigint | number)[] {
  if (!(value instanceof Uint8Array)) return [value]
  const reader = new WireReader(value)
  const numbers: (bigint | number)[] = []
  while (!reader.isAtEnd) numbers.push(kind === "varint" ? reader.varint() : reader.double())
  return numbers
}

/** `sint32` and `sint64`: negative numbers at the odd places. */
export const zigzag = (value: bigint): number => Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n)

class WireReader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  field(): WireField {
    const tag = Number(this.varint())
    const number = tag >>> 3
    switch (tag & 7) {
      case 0:
        return { number, value: this.varint() }
      case 1:
        return { number, value: this.double() }
      case 2:
        return { number, value: this.bytes() }
      case 5:
        return { number, value: this.#take(4) }
      default:
        throw new ExpositionError(`no protobuf message: wire type ${String(tag & 7)}`)
    }
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ExpositionError("no protobuf message: a number does not end")
  }

  double(): number {
    const { byteOffset } = this.#take(8)
    return this.#view.getFloat64(byteOffset - this.#bytes.byteOffset, true)
  }

  bytes(): Uint8Array {
    return this.#take(Number(this.varint()))
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new ExpositionError("no protobuf message: unexpected end")
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
