import { divide } from "../../histogram/arithmetic.ts"
import { detectReset } from "../../histogram/detect-reset.ts"
import { compatible, type FloatHistogram } from "../../histogram/float-histogram.ts"
import type { Telling } from "../told.ts"
import type { Window } from "../window.ts"
import { beforeResets, difference, interpolated, total, type HistogramSamples, type Rate } from "./samples.ts"

/** The range's own samples among those around it: from the last one at its begin, or the first one, on; `end` is the last one. */
function bounds(times: readonly number[], from: number, to: number, smoothed: boolean): [begin: number, end: number] {
  const last = times.length - 1
  const find = (test: (time: number) => boolean): number => {
    const found = times.findIndex(test)
    return found === -1 ? last : Math.min(found, last)
  }
  return [Math.max(0, find((time) => time > from) - 1), smoothed ? find((time) => time >= to) : last]
}

/** `rate` and the like of a range with `anchored` or `smoothed`: from border to border, nothing extrapolated. */
export function extendedHistogramRate(
  { times, histograms }: HistogramSamples,
  { from, to }: Window,
  { counter, perSecond }: Rate,
  smoothed: boolean,
  range: number,
  metric: string,
  told: Telling,
): FloatHistogram | undefined {
  const [begin, end] = bounds(times, from, to, smoothed)
  const at = (index: number): readonly [FloatHistogram, number] => [
    histograms[index] ?? histograms[0],
    times[index] ?? 0,
  ]
  if (at(end)[1] <= from || (smoothed && at(begin)[1] > to)) return undefined
  const [first, ...others] = histograms.slice(begin, end + 1)
  if (first === undefined) return undefined
  // Only looked at up to the first one that cannot be compared.
  const other = others.findIndex((histogram) => !compatible(first, histogram))
  const looked = [first, ...(other === -1 ? others : others.slice(0, other))]
  if (counter && looked.some(({ resetHint }) => resetHint === "gauge")) told.notCounter(metric)
  if (other !== -1) {
    told.mixedSchemas(metric)
    return undefined
  }
  const between = (index: number, time: number): FloatHistogram | undefined =>
    interpolated(at(index), at(index + 1), time, counter, metric, told)
  const begun = smoothed && at(begin)[1] < from
  const left = begun ? between(begin, from) : first
  const right = smoothed && end > 0 && at(end)[1] > to ? between(end - 1, to) : at(end)[0]
  if (left === undefined || right === undefined) return undefined
  if (!counter && (left.resetHint !== "gauge" || right.resetHint !== "gauge")) told.notGauge(metric)
  let change = difference(left, right, metric, told)
  if (counter) {
    const inside = histograms.slice(begin + 1, end)
    // A reset that the left border's interpolation went over is in it already.
    const passed = begun && detectReset(first, at(begin + 1)[0])
    const compared = passed
      ? [...inside, ...(inside.length > 0 ? [right] : [])]
      : begin < end
        ? [left, ...inside, right]
        : []
    for (const lacking of beforeResets(compared)) change = change && total(change, lacking, metric, told)
  }
  return change && { ...(perSecond ? divide(change, range / 1000) : change), resetHint: "gauge" }
}
