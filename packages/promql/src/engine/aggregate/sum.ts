import { lost } from "../../compensated-sum.ts"
import { float, put, putHistogram, type Column } from "../grid.ts"
import type { Telling } from "../told.ts"
import { HistogramsOfGroup } from "./histograms-of-group.ts"
import type { Reduction } from "./reduction.ts"

/** `sum`: with compensation for what rounding loses. */
export class Sum implements Reduction {
  readonly #told: Telling
  /** Of the floats. From −0 on, so that the first value comes out as it is. */
  readonly #sums: Float64Array
  readonly #lost: Float64Array
  readonly #floats: Uint8Array
  #histograms: HistogramsOfGroup | undefined

  constructor(steps: number, told: Telling) {
    this.#told = told
    this.#sums = new Float64Array(steps).fill(-0)
    this.#lost = new Float64Array(steps)
    this.#floats = new Uint8Array(steps)
  }

  add(column: Column): void {
    const { values, present } = column
    const [sums, losses, floats] = [this.#sums, this.#lost, this.#floats]
    if (column.histograms !== undefined) {
      this.#histograms ??= new HistogramsOfGroup("sum", floats, this.#told)
      this.#histograms.add(column)
    }
    for (let step = 0; step < sums.length; step += 1) {
      if (present[step] !== float) continue
      const value = values[step] ?? 0
      const sum = sums[step] ?? 0
      const next = sum + value
      losses[step] = lost(sum, value, next, losses[step] ?? 0)
      sums[step] = next
      floats[step] = 1
    }
  }

  finish(result: Column): void {
    for (let step = 0; step < this.#sums.length; step += 1) {
      const histogram = this.#histograms?.finish(step)
      if (histogram !== undefined) {
        if (histogram !== "none") putHistogram(result, step, histogram)
      } else if (this.#floats[step] === 1) put(result, step, (this.#sums[step] ?? 0) + (this.#lost[step] ?? 0))
    }
  }
}
