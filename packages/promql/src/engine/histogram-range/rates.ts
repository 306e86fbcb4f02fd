import { divide, multiply, toSchema } from "../../histogram/arithmetic.ts"
import { detectReset } from "../../histogram/detect-reset.ts"
import { hasCustomBuckets, noBuckets, type FloatHistogram } from "../../histogram/float-histogram.ts"
import type { Telling } from "../told.ts"
import type { HistogramRangeFunction, Window } from "../window.ts"
import { extendedHistogramRate } from "./extended-rates.ts"
import {
  beforeResets,
  difference,
  onlyHistograms,
  sameKind,
  total,
  type HistogramSamples,
  type Rate,
} from "./samples.ts"

/** `rate`, `increase` and `delta`: from the first to the last histogram, extrapolated to the borders of the window. */
export const histogramRate =
  (rate: Rate): HistogramRangeFunction =>
  (window, metric, call) => {
    const { told } = call
    const samples = onlyHistograms(window)
    if (samples === undefined) {
      told.mixedTypes(metric)
      return undefined
    }
    if (call.extended !== undefined)
      return extendedHistogramRate(samples, window, rate, call.extended === "smoothed", call.range, metric, told)
    if (samples.histograms.length < 2) return undefined
    const change = rate.counter ? increaseOf(samples, metric, told) : changeOf(samples, metric, told)
    if (change === undefined) return undefined
    const factor = extrapolation(samples, change, window, rate.counter)
    return { ...multiply(change, rate.perSecond ? factor / (call.range / 1000) : factor), resetHint: "gauge" }
  }

function changeOf({ histograms }: HistogramSamples, metric: string, told: Telling): FloatHistogram | undefined {
  const [first] = histograms
  const last = histograms.at(-1) ?? first
  if (hasCustomBuckets(first) !== hasCustomBuckets(last)) {
    told.mixedSchemas(metric)
    return undefined
  }
  const change = difference(first, last, metric, told)
  if (first.resetHint !== "gauge" || last.resetHint !== "gauge") told.notGauge(metric)
  return change
}

function increaseOf({ histograms }: HistogramSamples, metric: string, told: Telling): FloatHistogram | undefined {
  const [first, second = first] = histograms
  const last = histograms.at(-1) ?? first
  // What a reset right behind the first sample makes of it does not matter, so its buckets need not be like the others'.
  const start = detectReset(first, second) ? emptyLike(second) : first
  const compared: HistogramSamples["histograms"] = [start, ...histograms.slice(1)]
  const isGauge = ({ resetHint }: FloatHistogram): boolean => resetHint === "gauge"
  if (!sameKind(compared)) {
    if (!sameKind([start, last]) && [first, last].some(isGauge)) told.notCounter(metric)
    told.mixedSchemas(metric)
    return undefined
  }
  if (histograms.some(isGauge)) told.notCounter(metric)
  const schema = Math.min(...compared.map((histogram) => histogram.schema))
  let increase = difference(start, toSchema(last, schema), metric, told)
  for (const lacking of beforeResets(compared)) increase = increase && total(increase, lacking, metric, told)
  return increase
}

const emptyLike = ({ schema, customBounds }: FloatHistogram): FloatHistogram => ({
  schema,
  customBounds,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positive: noBuckets,
  negative: noBuckets,
  resetHint: "unknown",
})

/** How much larger the whole window is than what the samples cover, in Prometheus' judgement of where the series begins and ends. */
function extrapolation(
  { times, histograms: [first] }: HistogramSamples,
  change: FloatHistogram,
  { from, to }: Window,
  counter: boolean,
): number {
  const [begin = 0] = times
  const end = times.at(-1) ?? begin
  const covered = (end - begin) / 1000
  const spacing = covered / (times.length - 1)
  const reach = (gap: number): number => (gap >= spacing * 1.1 ? spacing / 2 : gap)
  let before = reach((begin - from) / 1000)
  if (counter && change.count > 0 && first.count >= 0) before = Math.min(before, covered * (first.count / change.count))
  return (covered + before + reach((to - end) / 1000)) / covered
}

/** `irate` and `idelta`: from the last but one sample to the last one. */
export const instantRate =
  (counter: boolean): HistogramRangeFunction =>
  ({ times, values, histograms, first, last }, metric, call) => {
    const [before, now] = [last - 2, last - 1]
    if (before < first) return undefined
    const seconds = ((times[now] ?? 0) - (times[before] ?? 0)) / 1000
    const [earlier, later] = [histograms?.[before], histograms?.[now]]
    const { told } = call
    if (earlier === undefined && later === undefined) {
      const [from = 0, to = 0] = [values[before], values[now]]
      return counter ? (to < from ? to : to - from) / seconds : to - from
    }
    if (earlier === undefined || later === undefined) {
      told.mixedTypes(metric)
      return undefined
    }
    const gauges = [earlier, later].filter(({ resetHint }) => resetHint === "gauge").length
    if (counter && gauges > 0) told.notCounter(metric)
    if (!counter && gauges < 2) told.notGauge(metric)
    const change = counter && detectReset(earlier, later) ? later : difference(earlier, later, metric, told)
    return change && { ...(counter ? divide(change, seconds) : change), resetHint: "gauge" }
  }
