import { divide, multiply } from "./arithmetic.ts"
import type { FloatHistogram } from "./float-histogram.ts"
import { HistogramSum, type Combining } from "./histogram-sum.ts"

/** The mean of histograms: their sum by their number; from where that sum would overflow on, the mean is carried on. */
export class HistogramMean {
  /** Once there is a `#mean`, no longer used. */
  #sum: HistogramSum
  #mean: FloatHistogram | undefined
  #count = 1

  constructor(first: FloatHistogram) {
    this.#sum = new HistogramSum(first)
  }

  /** As `HistogramSum.add`. */
  add(histogram: FloatHistogram): Combining | undefined {
    if (this.#mean !== undefined) return this.#carry(this.#mean, histogram)
    const before = this.#sum.value
    const combining = this.#sum.add(histogram)
    if (combining === undefined) return undefined
    if (this.#sum.overflowed) return this.#carry(divide(before, this.#count), histogram)
    this.#count += 1
    return combining
  }

  #carry(mean: FloatHistogram, histogram: FloatHistogram): Combining | undefined {
    const count = this.#count + 1
    const sum = new HistogramSum(multiply(mean, this.#count / count))
    const combining = sum.add(divide(histogram, count))
    if (combining === undefined) return undefined
    this.#count = count
    this.#mean = sum.value
    return combining
  }

  get value(): FloatHistogram {
    return this.#mean ?? divide(this.#sum.value, this.#count)
  }
}
