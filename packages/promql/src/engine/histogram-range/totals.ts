import type { HistogramMean } from "../../histogram/histogram-mean.ts"
import type { HistogramSum } from "../../histogram/histogram-sum.ts"
import type { HistogramRangeFunction } from "../window.ts"
import { onlyHistograms } from "./samples.ts"

/** `sum_over_time` and `avg_over_time`. */
export const totalOverTime =
  (Total: typeof HistogramSum | typeof HistogramMean): HistogramRangeFunction =>
  (window, metric, call) => {
    const { told } = call
    const samples = onlyHistograms(window)
    if (samples === undefined) {
      told.mixedTypes(metric)
      return undefined
    }
    const [first, ...others] = samples.histograms
    const sum = new Total(first)
    let reconciled = false
    for (const histogram of others) {
      const combining = sum.add(histogram)
      if (combining === undefined) {
        told.mixedSchemas(metric)
        return undefined
      }
      reconciled ||= combining.reconciled
    }
    const hints = new Set(samples.histograms.map(({ resetHint }) => resetHint))
    if (hints.has("reset") && hints.has("not_reset")) told.collision("aggregation")
    if (reconciled) told.reconciled("aggregation")
    return sum.value
  }
