import { wireFields, zigzag, type WireField } from "./wire.ts"

type Value = WireField["value"]

/** A protobuf message by the numbers of its fields; one that is not there is empty or 0. Of one that is there again the last holds. */
export class Message {
  readonly #fields: readonly WireField[]

  constructor(bytes: Uint8Array) {
    this.#fields = wireFields(bytes)
  }

  all(number: number): Value[] {
    return this.#fields.filter((field) => field.number === number).map(({ value }) => value)
  }

  has(number: number): boolean {
    return this.#fields.some((field) => field.number === number)
  }

  text(number: number): string {
    const value = this.all(number).at(-1)
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : ""
  }

  /** A negative one is written as its complement. */
  whole(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0
  }

  signed(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "bigint" ? zigzag(value) : 0
  }

  float(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "number" ? value : 0
  }

  messages(number: number): Message[] {
    return this.all(number).flatMap((value) => (value instanceof Uint8Array ? [new Message(value)] : []))
  }

  message(number: number): Message | undefined {
    return this.messages(number).at(-1)
  }
}
