import { CompensatedSum } from "../compensated-sum.ts"
import { exponentialBound } from "./bounds.ts"
import { CompensatedBuckets } from "./compensated-buckets.ts"
import { bucketsIn, commonBounds, sameBounds } from "./custom-bounds.ts"
import { compatible, hasCustomBuckets, type FloatHistogram, type ResetHint } from "./float-histogram.ts"

/** What an addition should be told with. */
export interface Combining {
  /** One histogram says that its counter was reset, the other that it was not. */
  collision: boolean
  /** Custom bounds differed: only those that both had are left. */
  reconciled: boolean
}

/** Histograms while they are summed up, with compensation for rounding. Takes a copy of the first one. */
export class HistogramSum {
  #schema: number
  #zeroThreshold: number
  #zeroCount: CompensatedSum
  #count: CompensatedSum
  #sum: CompensatedSum
  #positive: CompensatedBuckets
  #negative: CompensatedBuckets
  #customBounds: readonly number[]
  #resetHint: ResetHint
  readonly #first: FloatHistogram

  constructor(first: FloatHistogram) {
    this.#first = first
    this.#schema = first.schema
    this.#zeroThreshold = first.zeroThreshold
    this.#zeroCount = new CompensatedSum(first.zeroCount)
    this.#count = new CompensatedSum(first.count)
    this.#sum = new CompensatedSum(first.sum)
    this.#positive = new CompensatedBuckets(first.positive)
    this.#negative = new CompensatedBuckets(first.negative)
    this.#customBounds = first.customBounds
    this.#resetHint = first.resetHint
  }

  get value(): FloatHistogram {
    return {
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.value,
      count: this.#count.value,
      sum: this.#sum.value,
      positive: this.#positive.buckets,
      negative: this.#negative.buckets,
      customBounds: this.#customBounds,
      resetHint: this.#resetHint,
    }
  }

  /** Another sum, of all that was added times a factor and the like; a copy if nothing changes. */
  mapped(change: (value: number) => number): HistogramSum {
    const mapped = new HistogramSum(this.#first)
    mapped.#schema = this.#schema
    mapped.#zeroThreshold = this.#zeroThreshold
    mapped.#customBounds = this.#customBounds
    mapped.#resetHint = this.#resetHint
    mapped.#zeroCount = this.#zeroCount.mapped(change)
    mapped.#count = this.#count.mapped(change)
    mapped.#sum = this.#sum.mapped(change)
    mapped.#positive = this.#positive.mapped(change)
    mapped.#negative = this.#negative.mapped(change)
    return mapped
  }

  /** Whether a count or the sum is too large for a float. */
  get overflowed(): boolean {
    const { zeroCount, count, sum, positive, negative } = this.value
    return [zeroCount, count, sum, ...positive.counts, ...negative.counts].some(
      (value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
    )
  }

  /** Adds `sign` times a histogram; undefined, and nothing added, where one has custom buckets and the other has not. */
  add(other: FloatHistogram, sign: 1 | -1 = 1): Combining | undefined {
    if (!compatible(this.#first, other)) return undefined
    const { hint, collision } = joinedHint(this.#resetHint, other.resetHint)
    this.#resetHint = hint
    this.#count.add(sign * other.count)
    this.#sum.add(sign * other.sum)
    const reconciled = hasCustomBuckets(other) && !sameBounds(this.#customBounds, other.customBounds)
    let adding: HistogramSum | undefined
    if (reconciled) {
      const common = commonBounds(this.#customBounds, other.customBounds)
      adding = new HistogramSum(other)
      adding.#reduceBounds(common)
      this.#reduceBounds(common)
    } else if (this.#zeroThreshold !== other.zeroThreshold || this.#schema !== other.schema) {
      adding = new HistogramSum(other)
      // Not while they are not equal: NaN, which a target may tell, is equal to nothing.
      while (this.#zeroThreshold < adding.#zeroThreshold || adding.#zeroThreshold < this.#zeroThreshold) {
        this.#widenZero(adding.#zeroThreshold)
        adding.#widenZero(this.#zeroThreshold)
      }
      const schema = Math.min(this.#schema, other.schema)
      this.#coarsen(schema)
      adding.#coarsen(schema)
    }
    const { zeroCount, positive, negative } = adding?.value ?? other
    this.#zeroCount.add(sign * zeroCount)
    this.#positive.add(positive, sign)
    this.#negative.add(negative, sign)
    return { collision, reconciled }
  }

  /** Merges the buckets into those of a coarser schema. */
  #coarsen(schema: number): void {
    if (schema === this.#schema) return
    this.#positive.coarsen(this.#schema, schema)
    this.#negative.coarsen(this.#schema, schema)
    this.#schema = schema
  }

  #reduceBounds(bounds: readonly number[]): void {
    this.#positive.remap(bucketsIn(bounds, this.#customBounds))
    this.#customBounds = bounds
  }

  /** Widens the zero bucket to a threshold, or further to the end of the bucket that the threshold would cut. */
  #widenZero(threshold: number): void {
    if (threshold <= this.#zeroThreshold) return
    let [before, wide] = [this.#zeroThreshold, threshold]
    // NaN, of a schema that is none, is not below anything either.
    const inside = (index: number): boolean => exponentialBound(index - 1, this.#schema) < wide
    while (before < wide) {
      before = wide
      for (const side of [this.#positive, this.#negative]) {
        const last = side.lastOf(inside)
        if (last !== undefined) wide = Math.max(wide, exponentialBound(last, this.#schema))
      }
    }
    this.#zeroCount.add(this.#positive.take(inside))
    this.#zeroCount.add(this.#negative.take(inside))
    this.#zeroThreshold = wide
  }
}

/** A gauge stays one whatever is added; what is not known of one histogram is not known of both. */
function joinedHint(a: ResetHint, b: ResetHint): { hint: ResetHint; collision: boolean } {
  if (a === b) return { hint: a, collision: false }
  if (a === "gauge" || b === "gauge") return { hint: "gauge", collision: false }
  return { hint: "unknown", collision: a !== "unknown" && b !== "unknown" }
}
