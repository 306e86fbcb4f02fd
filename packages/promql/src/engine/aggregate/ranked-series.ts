import { float, histogram, type Column } from "../grid.ts"
import type { Telling } from "../told.ts"
import type { Choose } from "./selected-series.ts"

/** `topk` and `bottomk`: the best ones at each step, NaN last. Of equal ones those that came first stay, as long as the heap keeps them. */
export const ranked =
  (op: "topk" | "bottomk", counts: Float64Array, told: Telling): Choose =>
  (members, step) => {
    const count = Math.min(counts[step] ?? 0, members.length)
    if (count < 1) return []
    const heap = new Heap(members, step, op === "topk")
    for (let position = 0; position < members.length; position += 1) {
      const kind = members[position]?.present[step]
      if (kind === float) heap.offer(position, count)
      else if (kind === histogram) told.ignoredInAggregation(op)
    }
    return heap.sorted()
  }

/** The best ones so far, the worst of them on top. */
class Heap {
  readonly #positions: number[] = []
  readonly #members: readonly Column[]
  readonly #step: number
  readonly #sign: 1 | -1

  constructor(members: readonly Column[], step: number, highest: boolean) {
    this.#members = members
    this.#step = step
    this.#sign = highest ? 1 : -1
  }

  #value(position: number): number {
    return this.#sign * (this.#members[position]?.values[this.#step] ?? Number.NaN)
  }

  #worse(a: number, b: number): boolean {
    const [one, other] = [this.#value(a), this.#value(b)]
    return Number.isNaN(one) || one < other
  }

  offer(position: number, count: number): void {
    if (this.#positions.length < count) {
      this.#positions.push(position)
      this.#up(this.#positions.length - 1)
      return
    }
    const worst = this.#value(this.#positions[0] ?? 0)
    const value = this.#value(position)
    if (worst < value || (Number.isNaN(worst) && !Number.isNaN(value))) {
      this.#positions[0] = position
      this.#down(0)
    }
  }

  /** The best first. */
  sorted(): number[] {
    return this.#positions.sort((a, b) => {
      const [one, other] = [this.#value(a), this.#value(b)]
      if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1
      return Number.isNaN(other) ? -1 : other - one || 0
    })
  }

  #up(at: number): void {
    const parent = (at - 1) >> 1
    if (at === 0 || !this.#worse(this.#positions[at] ?? 0, this.#positions[parent] ?? 0)) return
    this.#swap(at, parent)
    this.#up(parent)
  }

  #down(at: number): void {
    const left = 2 * at + 1
    if (left >= this.#positions.length) return
    const right = left + 1
    const worst =
      right < this.#positions.length && this.#worse(this.#positions[right] ?? 0, this.#positions[left] ?? 0)
        ? right
        : left
    if (!this.#worse(this.#positions[worst] ?? 0, this.#positions[at] ?? 0)) return
    this.#swap(at, worst)
    this.#down(worst)
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#positions[a] ?? 0, this.#positions[b] ?? 0]
    this.#positions[a] = other
    this.#positions[b] = one
  }
}
