import type { Samples } from "../../storage/storage.ts"
import { interpolate } from "../interpolate.ts"
import type { Ranges } from "./windows.ts"

/** The samples within a range, and at its borders what samples around it say (`x[5m] anchored`, `x[5m] smoothed`). */
export function withBorders({ times, values }: Samples, { from, to }: Ranges, smoothed: boolean): Samples {
  const none = { times: new Float64Array(), values: new Float64Array() }
  if (times.length === 0) return none
  const time = (index: number): number => times[index] ?? Number.NaN
  const value = (index: number): number => values[index] ?? Number.NaN
  const between = (index: number, at: number): number =>
    interpolate(value(index), time(index), value(index + 1), time(index + 1), at, false)
  const lastIndex = times.length - 1
  let first = Math.max(0, indexWhere(times, lastIndex, (at) => at > from) - 1)
  let last = smoothed ? indexWhere(times, lastIndex, (at) => at >= to) : lastIndex
  if (time(last) <= from) return none
  const left = smoothed && time(first) < from ? between(first, from) : value(first)
  const right = time(last) <= to || last === 0 ? value(last) : smoothed ? between(last - 1, to) : value(last - 1)
  if (time(first) <= from) first += 1
  if (time(last) >= to) last -= 1
  const inside = [first, Math.max(first, last + 1)] as const
  return {
    times: Float64Array.of(from, ...times.subarray(...inside), to),
    values: Float64Array.of(left, ...values.subarray(...inside), right),
  }
}

/** The first index below `end` whose time is so, or `end`. */
function indexWhere(times: Float64Array, end: number, holds: (time: number) => boolean): number {
  for (let index = 0; index < end; index += 1) if (holds(times[index] ?? Number.NaN)) return index
  return end
}
