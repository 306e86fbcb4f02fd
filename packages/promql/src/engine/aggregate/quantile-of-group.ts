import type { CallContext } from "../call-context.ts"
import { float, put, type Column } from "../grid.ts"
import { quantile } from "../quantile.ts"
import type { Telling } from "../told.ts"
import type { Reduction } from "./reduction.ts"

/** `quantile`: needs all values at once, so it keeps the columns. Histograms are left out. */
export class QuantileOfGroup implements Reduction {
  readonly #phi: Float64Array
  readonly #told: Telling
  readonly #context: CallContext
  readonly #members: Column[] = []

  constructor(phi: Float64Array, told: Telling, context: CallContext) {
    this.#phi = phi
    this.#told = told
    this.#context = context
  }

  add(column: Column): void {
    if (column.histograms !== undefined) this.#told.ignoredInAggregation("quantile")
    this.#members.push(column)
  }

  finish(result: Column): void {
    const here = new Float64Array(this.#members.length)
    this.#phi.forEach((phi, step) => {
      this.#context.spend(0)
      let count = 0
      for (const { values, present } of this.#members) {
        if (present[step] !== float) continue
        here[count] = values[step] ?? 0
        count += 1
      }
      if (count > 0) put(result, step, quantile(phi, here, count))
    })
  }
}
