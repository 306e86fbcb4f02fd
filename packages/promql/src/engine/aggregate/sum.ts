import { lost } from "../../compensated-sum.ts"
import { float, put, putHistogram, type Column } from "../grid.ts"
import type { Telling } from "../told.ts"
import { hasFloat, HistogramsOfGroup, incompatible } from "./histograms-of-group.ts"
import type { Reduction } from "./reduction.ts"

/** `sum`: with compensation for what rounding loses. */
export class Sum implements Reduction {
  readonly #told: Telling
  /** Of the floats. From −0 on, so that the first value comes out as it is. */
  readonly #sums: Float64Array
  readonly #lost: Float64Array
  /** See `HistogramsOfGroup`. */
  readonly #kinds: Uint8Array
  #histograms: HistogramsOfGroup | undefined

  constructor(steps: number, told: Telling) {
    this.#told = told
    this.#sums = new Float64Array(steps).fill(-0)
    this.#lost = new Float64Array(steps)
    this.#kinds = new Uint8Array(steps)
  }

  add(column: Column): void {
    const { values, present } = column
    const [sums, losses, kinds] = [this.#sums, this.#lost, this.#kinds]
    if (column.histograms !== undefined) {
      this.#histograms ??= new HistogramsOfGroup("sum", kinds, this.#told)
      this.#histograms.add(column)
    }
    for (let step = 0; step < sums.length; step += 1) {
      if (present[step] !== float || (kinds[step] ?? 0) >= incompatible) continue
      const value = values[step] ?? 0
      const sum = sums[step] ?? 0
      const next = sum + value
      losses[step] = lost(sum, value, next, losses[step] ?? 0)
      sums[step] = next
      kinds[step] = hasFloat
    }
  }

  finish(result: Column): void {
    for (let step = 0; step < this.#sums.length; step += 1) {
      const histogram = this.#histograms?.finish(step)
      if (histogram !== undefined) {
        if (histogram !== "none") putHistogram(result, step, histogram)
      } else if (this.#kinds[step] === hasFloat) put(result, step, (this.#sums[step] ?? 0) + (this.#lost[step] ?? 0))
    }
  }
}
