import { float } from "../grid.ts"
import type { Kernel } from "./windows.ts"

/** Indexes of the samples that are lower than the one before them, and how many there are. */
function fallsOf(values: Float64Array): Int32Array {
  let count = 0
  for (let index = 1; index < values.length; index += 1)
    if ((values[index] as number) < (values[index - 1] as number)) count += 1
  const falls = new Int32Array(count)
  if (count === 0) return falls
  let next = 0
  for (let index = 1; index < values.length; index += 1) {
    if ((values[index] as number) >= (values[index - 1] as number)) continue
    if ((values[index] as number) < (values[index - 1] as number)) {
      falls[next] = index
      next += 1
    }
  }
  return falls
}

/** Prometheus' extrapolation to the borders of the range (promql/functions.go, extrapolatedRate). */
export const extrapolated =
  (counter: boolean, perSecond: boolean): Kernel =>
  ({ times, values }, windows, _parameters, column) => {
    const { first, last, count, step } = windows
    const { values: results, present } = column
    const range = (windows.to - windows.from) / 1000
    const falls = counter ? fallsOf(values) : new Int32Array()
    let fall = 0
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = (last[index] as number) - 1
      if (to <= from) continue
      const firstValue = values[from] as number
      let result = (values[to] as number) - firstValue
      if (falls.length > 0) {
        while (fall < falls.length && (falls[fall] as number) <= from) fall += 1
        for (let at = fall; at < falls.length && (falls[at] as number) <= to; at += 1)
          result += values[(falls[at] as number) - 1] as number
      }
      const firstTime = times[from] as number
      const lastTime = times[to] as number
      const sampled = (lastTime - firstTime) / 1000
      const average = sampled / (to - from)
      const threshold = average * 1.1
      let toStart = (firstTime - (windows.from + index * step)) / 1000
      let toEnd = (windows.to + index * step - lastTime) / 1000
      if (toStart >= threshold) toStart = average / 2
      if (counter && result > 0 && firstValue >= 0) {
        // A counter starts at zero: never extrapolate to below it.
        const toZero = sampled * (firstValue / result)
        if (toZero < toStart) toStart = toZero
      }
      if (toEnd >= threshold) toEnd = average / 2
      const factor = (sampled + toStart + toEnd) / sampled
      // In this order, so that the last digit is Prometheus' too.
      results[index] = result * (perSecond ? factor / range : factor)
      present[index] = float
    }
  }

/** From the last two samples alone. */
export const ofTheLastTwo =
  (perSecond: boolean): Kernel =>
  ({ times, values }, { first, last, count }, _parameters, column) => {
    for (let index = 0; index < count; index += 1) {
      const to = (last[index] as number) - 1
      if (to <= (first[index] as number)) continue
      const now = values[to] as number
      const before = values[to - 1] as number
      const elapsed = ((times[to] as number) - (times[to - 1] as number)) / 1000
      const result = perSecond ? (now < before ? now : now - before) / elapsed : now - before
      column.values[index] = result
      column.present[index] = float
    }
  }

/** Counts how often a sample differs so from the one before it, among those of each window. */
const countedPairs =
  (differs: (before: number, now: number) => boolean): Kernel =>
  ({ values }, { first, last, count }, _parameters, column) => {
    const upTo = new Int32Array(values.length)
    for (let index = 1; index < values.length; index += 1)
      upTo[index] =
        (upTo[index - 1] as number) + (differs(values[index - 1] as number, values[index] as number) ? 1 : 0)
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = (last[index] as number) - 1
      if (to < from) continue
      column.values[index] = (upTo[to] as number) - (upTo[from] as number)
      column.present[index] = float
    }
  }

export const resets = countedPairs((before, now) => now < before)
export const changes = countedPairs((before, now) => now !== before && (now === now || before === before))
