import { wordsOf } from "./bits.ts"

/** 64 KiB. */
const pieceLength = 8192

/**
 * Memory for what is read, in pieces that several series share: a query reads thousands of series, and an allocation for each
 * costs more than decoding it. A piece lives as long as anything that was read into it.
 */
export class ReadMemory {
  #doubles = new Float64Array(0)
  #words = wordsOf(this.#doubles)
  #used = 0

  /** `length` doubles from `at` on that nobody else has, and the same memory as words. */
  take(length: number): { readonly doubles: Float64Array; readonly words: Uint32Array; readonly at: number } {
    if (this.#used + length > this.#doubles.length) {
      this.#doubles = new Float64Array(Math.max(pieceLength, length))
      this.#words = wordsOf(this.#doubles)
      this.#used = 0
    }
    const at = this.#used
    this.#used += length
    return { doubles: this.#doubles, words: this.#words, at }
  }
}
