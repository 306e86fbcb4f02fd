import { formatShort } from "../format.ts"
import type { Falls } from "../histogram/classic-quantile.ts"

/** Where cumulative buckets fell, over all steps and series of one metric. */
export class ForcedMonotonicity {
  readonly #falls: Falls
  readonly #samples: number
  /** Unix milliseconds. */
  readonly #first: number
  readonly #last: number

  constructor(falls: Falls, first: number, last = first, samples = 1) {
    this.#falls = falls
    this.#first = first
    this.#last = last
    this.#samples = samples
  }

  with(other: ForcedMonotonicity): ForcedMonotonicity {
    const falls = {
      lowest: Math.min(this.#falls.lowest, other.#falls.lowest),
      highest: Math.max(this.#falls.highest, other.#falls.highest),
      most: Math.max(this.#falls.most, other.#falls.most),
    }
    const [first, last] = [Math.min(this.#first, other.#first), Math.max(this.#last, other.#last)]
    return new ForcedMonotonicity(falls, first, last, this.#samples + other.#samples)
  }

  toString(): string {
    const { lowest, highest, most } = this.#falls
    const buckets = `from buckets ${formatShort(lowest)} to ${formatShort(highest)}`
    const span = `over ${String(this.#samples)} samples from ${time(this.#first)} to ${time(this.#last)}`
    return `${buckets}, with a max diff of ${twoDigits(most)}, ${span}`
  }
}

/** The furthest time from 1970 that has a date. */
const lastDate = 8.64e15

function time(at: number): string {
  if (!(Math.abs(at) <= lastDate)) return formatShort(at / 1000)
  return new Date(Math.trunc(at / 1000) * 1000).toISOString().replace(".000Z", "Z")
}

/** As Go's `%.2g` prints a number. */
function twoDigits(value: number): string {
  const [digits = "", exponent = "0"] = value.toExponential(1).split("e")
  const power = Number(exponent)
  if (power >= -4 && power < 2) return String(Number(value.toPrecision(2)))
  return `${digits.replace(".0", "")}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}
