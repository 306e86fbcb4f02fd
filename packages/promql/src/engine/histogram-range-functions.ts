import { HistogramMean } from "../histogram/histogram-mean.ts"
import { HistogramSum } from "../histogram/histogram-sum.ts"
import { changes, resets } from "./histogram-range/comparing.ts"
import { histogramRate, instantRate } from "./histogram-range/rates.ts"
import { totalOverTime } from "./histogram-range/totals.ts"
import type { HistogramRangeFunction, Window } from "./window.ts"

const sampleAt = ({ values, histograms }: Window, index: number): ReturnType<HistogramRangeFunction> =>
  histograms?.[index] ?? values[index]

/** By name: what functions of ranges do with a window that has a histogram among its samples. */
export const histogramRangeFunctions: ReadonlyMap<string, HistogramRangeFunction> = new Map([
  ["rate", histogramRate({ counter: true, perSecond: true })],
  ["increase", histogramRate({ counter: true, perSecond: false })],
  ["delta", histogramRate({ counter: false, perSecond: false })],
  ["irate", instantRate(true)],
  ["idelta", instantRate(false)],
  ["resets", resets],
  ["changes", changes],
  ["sum_over_time", totalOverTime(HistogramSum)],
  ["avg_over_time", totalOverTime(HistogramMean)],
  ["last_over_time", (window) => sampleAt(window, window.last - 1)],
  ["first_over_time", (window) => sampleAt(window, window.first)],
])
