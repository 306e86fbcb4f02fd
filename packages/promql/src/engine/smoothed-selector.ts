import type { Samples } from "../storage/storage.ts"
import { put, putHistogram, type Column } from "./grid.ts"
import { interpolated } from "./histogram-range/samples.ts"
import { interpolate } from "./interpolate.ts"
import { withoutStale } from "./selected.ts"
import type { Telling } from "./told.ts"

/**
 * `x smoothed`: the value at each step on the line between the samples before and behind it, both within the look-back; the one
 * before where there is none behind.
 */
export function smoothed(
  raw: Samples,
  start: number,
  step: number,
  lookback: number,
  column: Column,
  metric: string,
  told: Telling,
): void {
  const { times, values, histograms } = withoutStale(raw)
  const count = column.values.length
  const time = (index: number): number => times[index] ?? Number.NaN
  let first = 0
  let next = 0
  let last = 0
  for (let index = 0; index < count; index += 1) {
    const at = start + index * step
    while (first < times.length && time(first) <= at - lookback) first += 1
    while (next < times.length && time(next) < at) next += 1
    while (last < times.length && time(last) <= at + lookback) last += 1
    if (first >= last) continue
    if (histograms !== undefined && mixes(histograms, first, last)) {
      told.mixedTypes(metric)
      continue
    }
    const exact = next < last && time(next) === at
    const before = exact ? next : next - 1
    if (before < first) continue
    const between = !exact && next < last
    const one = histograms?.[before]
    const other = histograms?.[next]
    if (one === undefined) {
      const value = values[before] ?? Number.NaN
      put(
        column,
        index,
        between ? interpolate(value, time(before), values[next] ?? Number.NaN, time(next), at, false) : value,
      )
    } else if (exact) putHistogram(column, index, one)
    else if (!between || other === undefined) putHistogram(column, index, { ...one, resetHint: "unknown" })
    else {
      const counter = one.resetHint !== "gauge" || other.resetHint !== "gauge"
      const value = interpolated([one, time(before)], [other, time(next)], at, counter, metric, told)
      if (value !== undefined) putHistogram(column, index, value)
    }
  }
}

function mixes(histograms: readonly unknown[], first: number, last: number): boolean {
  const kind = histograms[first] === undefined
  for (let index = first + 1; index < last; index += 1) if ((histograms[index] === undefined) !== kind) return true
  return false
}
