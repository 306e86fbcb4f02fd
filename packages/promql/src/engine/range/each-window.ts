import { CompensatedSum } from "../../compensated-sum.ts"
import { float } from "../grid.ts"
import { PromqlError } from "../query-error.ts"
import { quantile } from "../quantile.ts"
import type { Kernel } from "./windows.ts"

/** A function that reads each window by itself, from `first` up to, not with, `last`. It must be of `least` samples. */
type OfWindow = (
  times: Float64Array,
  values: Float64Array,
  first: number,
  last: number,
  now: number,
  parameters: readonly number[],
) => number

/** Samples that are read between two looks at the clock. */
const samplesAtOnce = 50_000

export const eachWindow =
  (compute: OfWindow, least = 1): Kernel =>
  ({ times, values }, { first, last, count, now, nowStep, goOn }, parameters, column) => {
    let read = 0
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = last[index] as number
      if (to - from < least) continue
      read += to - from
      if (read > samplesAtOnce) {
        goOn()
        read = 0
      }
      const given = parameters.map((parameter) => parameter[index] ?? Number.NaN)
      column.values[index] = compute(times, values, from, to, now + index * nowStep, given)
      column.present[index] = float
    }
  }

export const sum: OfWindow = (_times, values, first, last) => {
  const total = new CompensatedSum()
  for (let index = first; index < last; index += 1) total.add(values[index] as number)
  return total.value
}

/** The sum divided by the count; where the sum is too large, from mean to mean. */
export const average: OfWindow = (_times, values, first, last) => {
  let total = values[first] as number
  let lost = 0
  let mean = false
  for (let index = first + 1; index < last; index += 1) {
    const value = values[index] as number
    const count = index - first + 1
    if (!mean) {
      const next = total + value
      if (Number.isFinite(next) || next !== next) {
        lost = lost + (Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total)
        total = next
        continue
      }
      mean = true
      total /= count - 1
      lost /= count - 1
    }
    const share = (count - 1) / count
    const scaled = share * total
    const part = value / count
    const next = scaled + part
    lost =
      Number.isFinite(next) || next !== next
        ? share * lost + (Math.abs(scaled) >= Math.abs(part) ? scaled - next + part : part - next + scaled)
        : 0
    total = next
  }
  const count = last - first
  return mean ? total + lost : total / count + lost / count
}

/** Greatest or least value. NaN only counts where there is nothing else. */
export const extreme =
  (sign: 1 | -1): OfWindow =>
  (_times, values, first, last) => {
    let result = values[first] as number
    for (let index = first + 1; index < last; index += 1) {
      const value = values[index] as number
      if (sign * value > sign * result || result !== result) result = value
    }
    return result
  }

/** When the greatest or least value was last, in seconds. */
export const timeOfExtreme =
  (sign: 1 | -1): OfWindow =>
  (times, values, first, last) => {
    let found = first
    for (let index = first + 1; index < last; index += 1) {
      const best = values[found] as number
      if (sign * (values[index] as number) >= sign * best || best !== best) found = index
    }
    return (times[found] as number) / 1000
  }

/** By Welford's method, with what rounding loses kept apart. */
export const variance: OfWindow = (_times, values, first, last) => {
  const mean = new CompensatedSum()
  const squares = new CompensatedSum()
  for (let index = first; index < last; index += 1) {
    const value = values[index] as number
    const delta = value - mean.value
    mean.add(delta / (index - first + 1))
    squares.add(delta * (value - mean.value))
  }
  return squares.value / (last - first)
}

export const quantileOf: OfWindow = (_times, values, first, last, _now, [phi = Number.NaN]) =>
  quantile(phi, values.slice(first, last))

/** The median of how far the values are from their median. */
export const medianDeviation: OfWindow = (_times, values, first, last) => {
  const all = values.slice(first, last)
  if (all.some((value) => value !== value)) return Number.NaN
  const median = quantile(0.5, all)
  return quantile(
    0.5,
    all.map((value) => Math.abs(value - median)),
  )
}

/** Double exponential smoothing: of the values, and of their trend. */
export const smoothing: Kernel = ({ values }, { first, last, count, goOn }, [factors, trends], column) => {
  let read = 0
  for (let index = 0; index < count; index += 1) {
    const from = first[index] as number
    const to = last[index] as number
    if (to === from) continue
    const factor = factors?.[index] ?? Number.NaN
    const trendFactor = trends?.[index] ?? Number.NaN
    factorBetween("smoothing", "sf", factor)
    factorBetween("trend", "tf", trendFactor)
    if (to - from < 2) continue
    read += to - from
    if (read > samplesAtOnce) {
      goOn()
      read = 0
    }
    let before = 0
    let smoothed = values[from] as number
    let trend = (values[from + 1] as number) - smoothed
    for (let at = from + 1; at < to; at += 1) {
      if (at > from + 1) trend = trendFactor * (smoothed - before) + (1 - trendFactor) * trend
      before = smoothed
      smoothed = factor * (values[at] as number) + (1 - factor) * (smoothed + trend)
    }
    column.values[index] = smoothed
    column.present[index] = float
  }
}

function factorBetween(name: string, short: string, factor: number): void {
  if (factor > 0 && factor < 1) return
  if (factor !== factor) return
  throw new PromqlError(
    "execution",
    `invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${Number.isFinite(factor) ? factor.toFixed(6) : String(factor).replace(/^(-?)Infinity$/, (_, sign: string) => `${sign || "+"}Inf`)}`,
  )
}

/** The area under the series: by rectangles from the left (0) or the right (1), or by trapezoids. NaN counts as 0. */
export const integral: OfWindow = (times, values, first, last, _now, [wanted = 2]) => {
  const strategy = wanted === 0 || wanted === 1 ? wanted : 2
  const total = new CompensatedSum()
  const at = (index: number): number => {
    const value = values[index] as number
    return value === value ? value : 0
  }
  for (let index = first + 1; index < last; index += 1) {
    const left = at(index - 1)
    const right = at(index)
    const seconds = ((times[index] as number) - (times[index - 1] as number)) / 1000
    if (strategy === 0) total.add(left * seconds)
    else if (strategy === 1) total.add(right * seconds)
    // Halved first where the sum of two finite samples would not be finite.
    else if (Number.isFinite(left + right)) {
      const both = left + right
      const lost = Math.abs(left) >= Math.abs(right) ? left - both + right : right - both + left
      total.add((both / 2) * seconds)
      if (lost !== 0) total.add((lost / 2) * seconds)
    } else total.add((left / 2 + right / 2) * seconds)
  }
  return total.value
}
