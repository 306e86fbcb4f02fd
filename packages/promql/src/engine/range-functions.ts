import { CompensatedSum } from "../compensated-sum.ts"

/**
 * Functions of a window of samples. `first` and `last` bound the window in the columns (last exclusive, never empty);
 * `from` and `to` are its times and `now` the evaluated one, in milliseconds. NaN is a value; undefined means no result.
 */
export interface Window {
  readonly times: Float64Array
  readonly values: Float64Array
  readonly first: number
  readonly last: number
  readonly from: number
  readonly to: number
  readonly now: number
}
type RangeFunction = (window: Window, parameter: number) => number | undefined

const at = (column: Float64Array, index: number): number => column[index] ?? Number.NaN

/** Prometheus' extrapolation to the borders of the window (promql/functions.go, extrapolatedRate). */
function extrapolated(window: Window, counter: boolean, perSecond: boolean): number | undefined {
  const { times, values, first, last, from, to } = window
  if (last - first < 2) return undefined
  let result = at(values, last - 1) - at(values, first)
  if (counter) {
    for (let index = first + 1; index < last; index += 1) {
      if (at(values, index) < at(values, index - 1)) result += at(values, index - 1)
    }
  }
  const sampled = (at(times, last - 1) - at(times, first)) / 1000
  const average = sampled / (last - first - 1)
  const threshold = average * 1.1
  let toStart = (at(times, first) - from) / 1000
  let toEnd = (to - at(times, last - 1)) / 1000
  if (toStart >= threshold) toStart = average / 2
  if (counter && result > 0 && at(values, first) >= 0) {
    // A counter starts at zero: never extrapolate to below it.
    toStart = Math.min(toStart, sampled * (at(values, first) / result))
  }
  if (toEnd >= threshold) toEnd = average / 2
  const factor = (sampled + toStart + toEnd) / sampled
  // In this order, so that the last digit is Prometheus' too.
  return result * (perSecond ? factor / ((to - from) / 1000) : factor)
}

/** The last two samples. */
function instant({ times, values, last, first }: Window, rate: boolean): number | undefined {
  if (last - first < 2) return undefined
  const now = at(values, last - 1)
  const before = at(values, last - 2)
  if (!rate) return now - before
  const elapsed = (at(times, last - 1) - at(times, last - 2)) / 1000
  return elapsed === 0 ? undefined : (now < before ? now : now - before) / elapsed
}

function fold(window: Window, start: number, step: (accumulated: number, value: number) => number): number {
  let result = start
  for (let index = window.first; index < window.last; index += 1) result = step(result, at(window.values, index))
  return result
}

const count = (window: Window): number => window.last - window.first

function sum(window: Window): number {
  const total = new CompensatedSum()
  for (let index = window.first; index < window.last; index += 1) total.add(at(window.values, index))
  return total.value
}

function variance(window: Window): number {
  const mean = sum(window) / count(window)
  return fold(window, 0, (total, value) => total + (value - mean) ** 2) / count(window)
}

interface Line {
  readonly slope: number
  /** At the line's origin. */
  readonly intercept: number
}

/** Least squares over time, in seconds from `origin` (milliseconds). */
function line({ times, values, first, last }: Window, origin: number): Line | undefined {
  const n = last - first
  if (n < 2) return undefined
  const initial = at(values, first)
  // What does not move has no slope, not one of rounding.
  if (values.subarray(first, last).every((value) => value === initial))
    return Number.isFinite(initial) ? { slope: 0, intercept: initial } : { slope: Number.NaN, intercept: Number.NaN }
  const [sumX, sumY, sumXY, sumX2] = [
    new CompensatedSum(),
    new CompensatedSum(),
    new CompensatedSum(),
    new CompensatedSum(),
  ] as const
  for (let index = first; index < last; index += 1) {
    const x = (at(times, index) - origin) / 1000
    const y = at(values, index)
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumX2.add(x * x)
  }
  const covariance = sumXY.value - (sumX.value * sumY.value) / n
  const variance = sumX2.value - (sumX.value * sumX.value) / n
  const slope = covariance / variance
  return { slope, intercept: sumY.value / n - (slope * sumX.value) / n }
}

/** Where the line of the window leads to, `seconds` after the evaluated time. */
function predicted(window: Window, seconds: number): number | undefined {
  const found = line(window, window.now)
  return found === undefined ? undefined : found.slope * seconds + found.intercept
}

/** φ-quantile by linear interpolation; outside 0..1 it is ∓Inf. */
export function quantile(phi: number, values: number[]): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  // NaN sorts below all, as in Prometheus.
  const sorted = values.sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b))
  const rank = phi * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] ?? Number.NaN) * (1 - weight) + (sorted[upper] ?? Number.NaN) * weight
}

const changesWhere = (window: Window, differs: (before: number, now: number) => boolean): number => {
  let total = 0
  for (let index = window.first + 1; index < window.last; index += 1) {
    if (differs(at(window.values, index - 1), at(window.values, index))) total += 1
  }
  return total
}

/** By name. `last_over_time` keeps the metric name; all others drop it. */
export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ["rate", (window) => extrapolated(window, true, true)],
  ["increase", (window) => extrapolated(window, true, false)],
  ["delta", (window) => extrapolated(window, false, false)],
  ["irate", (window) => instant(window, true)],
  ["idelta", (window) => instant(window, false)],
  ["deriv", (window) => line(window, at(window.times, window.first))?.slope],
  ["predict_linear", predicted],
  ["resets", (window) => changesWhere(window, (before, now) => now < before)],
  [
    "changes",
    (window) => changesWhere(window, (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
  ],
  ["sum_over_time", sum],
  ["count_over_time", count],
  ["avg_over_time", (window) => sum(window) / count(window)],
  [
    "min_over_time",
    (window) => fold(window, Number.NaN, (low, value) => (value < low || Number.isNaN(low) ? value : low)),
  ],
  [
    "max_over_time",
    (window) => fold(window, Number.NaN, (high, value) => (value > high || Number.isNaN(high) ? value : high)),
  ],
  ["last_over_time", (window) => at(window.values, window.last - 1)],
  ["present_over_time", () => 1],
  ["absent_over_time", () => 1],
  ["stdvar_over_time", variance],
  ["stddev_over_time", (window) => Math.sqrt(variance(window))],
  ["quantile_over_time", (window, phi) => quantile(phi, Array.from(window.values.subarray(window.first, window.last)))],
])
