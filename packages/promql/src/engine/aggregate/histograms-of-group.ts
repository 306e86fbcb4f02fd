import type { FloatHistogram } from "../../histogram/float-histogram.ts"
import { HistogramMean } from "../../histogram/histogram-mean.ts"
import { HistogramSum } from "../../histogram/histogram-sum.ts"
import type { Column } from "../grid.ts"
import type { Telling } from "../told.ts"

/** Bits of what a group has seen at a step: a float, histograms that cannot be added up. Nothing counts behind those. */
export const [hasFloat, incompatible] = [1, 2] as const

interface Step {
  /** Absent where a float came first: the group has no result then anyhow. */
  readonly total?: HistogramSum | HistogramMean
  reset: boolean
  notReset: boolean
}

/** The histograms of one group of `sum` or `avg`. */
export class HistogramsOfGroup {
  readonly #op: "sum" | "avg"
  /** Bits by step, shared with those who count the group's floats. */
  readonly #kinds: Uint8Array
  readonly #told: Telling
  readonly #steps: (Step | undefined)[] = []

  constructor(op: "sum" | "avg", kinds: Uint8Array, told: Telling) {
    this.#op = op
    this.#kinds = kinds
    this.#told = told
  }

  add({ histograms, labels }: Column): void {
    histograms?.forEach((histogram, step) => {
      if (histogram !== undefined) this.#put(step, histogram, labels.get("__name__"))
    })
  }

  #put(at: number, histogram: FloatHistogram, metric: string): void {
    if ((this.#kinds[at] ?? 0) >= incompatible) return
    let step = this.#steps[at]
    if (step === undefined) {
      const total = this.#op === "sum" ? new HistogramSum(histogram) : new HistogramMean(histogram)
      step = { ...(this.#kinds[at] === 0 && { total }), reset: false, notReset: false }
      this.#steps[at] = step
    } else if (step.total !== undefined) {
      const combining = step.total.add(histogram)
      if (combining === undefined) {
        this.#told.mixedSchemas(metric)
        this.#kinds[at] = (this.#kinds[at] ?? 0) | incompatible
      } else if (combining.reconciled) this.#told.reconciled("aggregation")
    }
    step.reset ||= histogram.resetHint === "reset"
    step.notReset ||= histogram.resetHint === "not_reset"
  }

  /** The result at a step; "none" where there are histograms that have none; undefined where there are no histograms. */
  finish(at: number): FloatHistogram | "none" | undefined {
    const step = this.#steps[at]
    if (step === undefined) return undefined
    const kinds = this.#kinds[at] ?? 0
    if (kinds & hasFloat) {
      this.#told.mixedTypesInAggregation()
      return "none"
    }
    if (kinds & incompatible || step.total === undefined) return "none"
    if (step.reset && step.notReset) this.#told.collision("aggregation")
    return step.total.value
  }
}
