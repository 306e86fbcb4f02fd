import { lost } from "../../compensated-sum.ts"
import { float, put, putHistogram, type Column } from "../grid.ts"
import type { Telling } from "../told.ts"
import { hasFloat, HistogramsOfGroup, incompatible } from "./histograms-of-group.ts"
import type { Reduction } from "./reduction.ts"

/** `avg`: the sum by the number of values; from where that sum would overflow on, the mean is carried from value to value. */
export class Mean implements Reduction {
  readonly #told: Telling
  /** The sum; once it would overflow, the mean. */
  readonly #values: Float64Array
  readonly #lost: Float64Array
  readonly #counts: Float64Array
  readonly #incremental: Uint8Array
  /** See `HistogramsOfGroup`. */
  readonly #kinds: Uint8Array
  #histograms: HistogramsOfGroup | undefined

  constructor(steps: number, told: Telling) {
    this.#told = told
    this.#values = new Float64Array(steps).fill(-0)
    this.#lost = new Float64Array(steps)
    this.#counts = new Float64Array(steps)
    this.#incremental = new Uint8Array(steps)
    this.#kinds = new Uint8Array(steps)
  }

  add(column: Column): void {
    const { values, present } = column
    const [sums, losses, counts, kinds] = [this.#values, this.#lost, this.#counts, this.#kinds]
    if (column.histograms !== undefined) {
      this.#histograms ??= new HistogramsOfGroup("avg", this.#kinds, this.#told)
      this.#histograms.add(column)
    }
    for (let step = 0; step < sums.length; step += 1) {
      if (present[step] !== float || (kinds[step] ?? 0) >= incompatible) continue
      const value = values[step] ?? 0
      const count = (counts[step] ?? 0) + 1
      counts[step] = count
      kinds[step] = hasFloat
      const sum = sums[step] ?? 0
      const next = sum + value
      if (this.#incremental[step] === 1 || (count > 1 && (next === Infinity || next === -Infinity))) {
        this.#carry(step, value, count)
        continue
      }
      losses[step] = lost(sum, value, next, losses[step] ?? 0)
      sums[step] = next
    }
  }

  #carry(step: number, value: number, count: number): void {
    const [means, losses] = [this.#values, this.#lost]
    if (this.#incremental[step] === 0) {
      this.#incremental[step] = 1
      means[step] = (means[step] ?? 0) / (count - 1)
      losses[step] = (losses[step] ?? 0) / (count - 1)
    }
    const share = (count - 1) / count
    const mean = share * (means[step] ?? 0)
    const part = value / count
    const next = mean + part
    losses[step] = lost(mean, part, next, share * (losses[step] ?? 0))
    means[step] = next
  }

  finish(result: Column): void {
    for (let step = 0; step < this.#values.length; step += 1) {
      const histogram = this.#histograms?.finish(step)
      if (histogram !== undefined) {
        if (histogram !== "none") putHistogram(result, step, histogram)
        continue
      }
      if (this.#kinds[step] === 0) continue
      const [value, loss] = [this.#values[step] ?? 0, this.#lost[step] ?? 0]
      const count = this.#incremental[step] === 1 ? 1 : (this.#counts[step] ?? 1)
      put(result, step, value / count + loss / count)
    }
  }
}
