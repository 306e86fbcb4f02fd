import { absent, float, put, type Column } from "../grid.ts"
import type { Telling } from "../told.ts"
import type { Reduction } from "./reduction.ts"

/** `min` and `max`: NaN only where there is nothing else. Histograms are left out. */
export class Extreme implements Reduction {
  readonly #op: "min" | "max"
  readonly #told: Telling
  readonly #values: Float64Array
  readonly #present: Uint8Array

  constructor(op: "min" | "max", steps: number, told: Telling) {
    this.#op = op
    this.#told = told
    this.#values = new Float64Array(steps).fill(Number.NaN)
    this.#present = new Uint8Array(steps)
  }

  add({ values, present, histograms }: Column): void {
    if (histograms !== undefined) this.#told.ignoredInAggregation(this.#op)
    const extremes = this.#values
    const sign = this.#op === "max" ? 1 : -1
    for (let step = 0; step < extremes.length; step += 1) {
      if (present[step] !== float) continue
      const value = values[step] ?? 0
      const extreme = extremes[step] ?? 0
      if (sign * extreme < sign * value || extreme !== extreme) extremes[step] = value
      this.#present[step] = float
    }
  }

  finish(result: Column): void {
    result.values.set(this.#values)
    result.present.set(this.#present)
  }
}

/** `count` and `group`: histograms count as well. */
export class Count implements Reduction {
  readonly #each: boolean
  readonly #counts: Float64Array

  constructor(op: "count" | "group", steps: number) {
    this.#each = op === "count"
    this.#counts = new Float64Array(steps)
  }

  add({ present }: Column): void {
    const counts = this.#counts
    for (let step = 0; step < counts.length; step += 1) {
      if (present[step] !== absent) counts[step] = this.#each ? (counts[step] ?? 0) + 1 : 1
    }
  }

  finish(result: Column): void {
    this.#counts.forEach((count, step) => {
      if (count > 0) put(result, step, count)
    })
  }
}

/** `stdvar` and `stddev`, in one pass (Welford). Histograms are left out. */
export class Deviation implements Reduction {
  readonly #op: "stdvar" | "stddev"
  readonly #told: Telling
  readonly #counts: Float64Array
  readonly #means: Float64Array
  /** Sums of the squared differences from the mean. */
  readonly #squares: Float64Array

  constructor(op: "stdvar" | "stddev", steps: number, told: Telling) {
    this.#op = op
    this.#told = told
    this.#counts = new Float64Array(steps)
    this.#means = new Float64Array(steps)
    this.#squares = new Float64Array(steps)
  }

  add({ values, present, histograms }: Column): void {
    if (histograms !== undefined) this.#told.ignoredInAggregation(this.#op)
    const [counts, means, squares] = [this.#counts, this.#means, this.#squares]
    for (let step = 0; step < counts.length; step += 1) {
      if (present[step] !== float) continue
      const value = values[step] ?? 0
      const count = (counts[step] ?? 0) + 1
      const delta = value - (means[step] ?? 0)
      const mean = (means[step] ?? 0) + delta / count
      counts[step] = count
      means[step] = mean
      squares[step] = (squares[step] ?? 0) + delta * (value - mean)
    }
  }

  finish(result: Column): void {
    this.#counts.forEach((count, step) => {
      if (count === 0) return
      const variance = (this.#squares[step] ?? 0) / count
      put(result, step, this.#op === "stdvar" ? variance : Math.sqrt(variance))
    })
  }
}
