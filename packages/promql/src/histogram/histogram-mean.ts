import { divide } from "./arithmetic.ts"
import type { FloatHistogram } from "./float-histogram.ts"
import { HistogramSum, type Combining } from "./histogram-sum.ts"

/** The mean of histograms: their sum by their number; from where that sum would overflow on, the mean is carried on. */
export class HistogramMean {
  /** Once it is `#carried`, the mean. */
  #sum: HistogramSum
  #carried = false
  #count = 1

  constructor(first: FloatHistogram) {
    this.#sum = new HistogramSum(first)
  }

  /** As `HistogramSum.add`. */
  add(histogram: FloatHistogram): Combining | undefined {
    const count = this.#count + 1
    if (!this.#carried) {
      const next = this.#sum.mapped((value) => value)
      const combining = next.add(histogram)
      if (combining === undefined) return undefined
      if (!next.overflowed) {
        this.#sum = next
        this.#count = count
        return combining
      }
      this.#carried = true
      this.#sum = this.#sum.mapped((value) => value / this.#count)
    }
    const share = this.#count / count
    this.#sum = this.#sum.mapped((value) => value * share)
    this.#count = count
    return this.#sum.add(divide(histogram, count))
  }

  get value(): FloatHistogram {
    return this.#carried ? this.#sum.value : divide(this.#sum.value, this.#count)
  }
}
