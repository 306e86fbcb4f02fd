import { float } from "../grid.ts"
import { interpolate } from "../interpolate.ts"
import type { Kernel } from "./windows.ts"

/** The first index from `from` up to `to` whose time is above `time`, or not below it; `to` if there is none. */
function firstAt(times: Float64Array, from: number, to: number, time: number, above: boolean): number {
  let at = from
  while (at < to && (above ? (times[at] as number) <= time : (times[at] as number) < time)) at += 1
  return at
}

/**
 * `rate(x[5m] anchored)` and `rate(x[5m] smoothed)`: what the series is at the borders of the range is taken from samples around
 * it, the last one before or a line between two of them, and nothing is extrapolated.
 */
export const extendedRate =
  (counter: boolean, perSecond: boolean, smoothed: boolean): Kernel =>
  ({ times, values }, windows, _parameters, column) => {
    const { first, last, count, step } = windows
    const seconds = (windows.to - windows.from) / 1000
    const time = (index: number): number => times[index] as number
    const value = (index: number): number => values[index] as number
    const between = (index: number, at: number): number =>
      interpolate(value(index), time(index), value(index + 1), time(index + 1), at, counter)
    for (let index = 0; index < count; index += 1) {
      const begin = first[index] as number
      let end = (last[index] as number) - 1
      if (end < begin) continue
      const from = windows.from + index * step
      const to = windows.to + index * step
      let start = Math.max(begin, firstAt(times, begin, end, from, true) - 1)
      if (smoothed) end = firstAt(times, begin, end, to, false)
      if (time(end) <= from || (smoothed && time(start) > to)) continue
      const left = smoothed && time(start) < from ? between(start, from) : value(start)
      const right = time(end) <= to || end === begin ? value(end) : smoothed ? between(end - 1, to) : value(end - 1)
      let result = right - left
      if (counter) {
        if (time(start) <= from) start += 1
        if (time(end) >= to) end -= 1
        let before = left
        for (let at = start; at <= end; at += 1) {
          if (value(at) < before) result += before
          before = value(at)
        }
        if (right < before) result += before
      }
      column.values[index] = perSecond ? result / seconds : result
      column.present[index] = float
    }
  }

/** A function of the samples in the range and the last one before it; there must be one in the range. */
export const fromAnchor =
  (kernel: Kernel): Kernel =>
  (samples, windows, parameters, column) => {
    const { count, step, from } = windows
    const first = new Int32Array(count)
    const last = new Int32Array(count)
    for (let index = 0; index < count; index += 1) {
      const begin = windows.first[index] as number
      const end = windows.last[index] as number
      const inside = firstAt(samples.times, begin, end, from + index * step, true)
      first[index] = inside === end ? end : Math.max(begin, inside - 1)
      last[index] = end
    }
    kernel(samples, { ...windows, first, last }, parameters, column)
  }
