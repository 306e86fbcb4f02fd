import { lost } from "../compensated-sum.ts"
import { coarserIndex } from "./bounds.ts"
import type { Buckets } from "./float-histogram.ts"

/** One side's buckets while they are summed up: each with what rounding lost. Written to in place. */
export class CompensatedBuckets {
  #indexes: number[]
  #counts: number[]
  #lost: number[]

  constructor(buckets: Buckets) {
    this.#indexes = [...buckets.indexes]
    this.#counts = [...buckets.counts]
    this.#lost = buckets.counts.map(() => 0)
  }

  /** See `CompensatedSum.mapped`. */
  mapped(change: (value: number) => number): CompensatedBuckets {
    const mapped = new CompensatedBuckets({ indexes: this.#indexes, counts: this.#counts.map(change) })
    mapped.#lost = this.#lost.map(change)
    return mapped
  }

  get buckets(): Buckets {
    const indexes: number[] = []
    const counts: number[] = []
    for (let at = 0; at < this.#indexes.length; at += 1) {
      const count = (this.#counts[at] ?? 0) + (this.#lost[at] ?? 0)
      if (count === 0) continue
      indexes.push(this.#indexes[at] ?? 0)
      counts.push(count)
    }
    return { indexes, counts }
  }

  /** Adds `sign` times the buckets. */
  add({ indexes, counts }: Buckets, sign: 1 | -1): void {
    let at = 0
    for (let position = 0; position < indexes.length; position += 1) {
      const index = indexes[position] ?? 0
      while (at < this.#indexes.length && (this.#indexes[at] ?? 0) < index) at += 1
      this.#put(at, index, sign * (counts[position] ?? 0))
    }
  }

  /** Merges buckets into those of a coarser schema. */
  coarsen(from: number, to: number): void {
    this.remap((index) => coarserIndex(index, from, to))
  }

  /** Puts each bucket into another one; the new indexes must rise as the old ones do. */
  remap(target: (index: number) => number): void {
    const [indexes, counts, losses] = [this.#indexes, this.#counts, this.#lost]
    this.#indexes = []
    this.#counts = []
    this.#lost = []
    for (let position = 0; position < indexes.length; position += 1) {
      const index = target(indexes[position] ?? 0)
      const last = this.#indexes.length - 1
      const at = this.#indexes[last] === index ? last : last + 1
      this.#put(at, index, counts[position] ?? 0)
      this.#lost[at] = (this.#lost[at] ?? 0) + (losses[position] ?? 0)
    }
  }

  /** Index of the last bucket with something in it among the first ones that are `inside`; undefined where there is none. */
  lastOf(inside: (index: number) => boolean): number | undefined {
    return this.#indexes.findLast((index, at) => this.#counts[at] !== 0 && inside(index))
  }

  /** Takes out the first buckets as long as they are `inside`, and answers what they held. */
  take(inside: (index: number) => boolean): number {
    const beyond = this.#indexes.findIndex((index) => !inside(index))
    const length = beyond === -1 ? this.#indexes.length : beyond
    this.#indexes.splice(0, length)
    const counts = this.#counts.splice(0, length)
    const losses = this.#lost.splice(0, length)
    return counts.reduce((sum, count, at) => sum + count + (losses[at] ?? 0), 0)
  }

  /** Adds to the bucket at a place, which is made if it is not that of `index`. */
  #put(at: number, index: number, value: number): void {
    if (this.#indexes[at] !== index) {
      this.#indexes.splice(at, 0, index)
      this.#counts.splice(at, 0, value)
      this.#lost.splice(at, 0, 0)
      return
    }
    const before = this.#counts[at] ?? 0
    const next = before + value
    this.#lost[at] = lost(before, value, next, this.#lost[at] ?? 0)
    this.#counts[at] = next
  }
}
