import type { Samples } from "../../storage/storage.ts"
import type { Column } from "../grid.ts"

/** Where the ranges of all steps lie: those of the first step, and how much later those of each next one are. Milliseconds. */
export interface Ranges {
  readonly count: number
  /** Between two steps; 0 where `@` gives all steps the same range. */
  readonly step: number
  /** The border of the first range, `(from, to]`. */
  readonly from: number
  readonly to: number
  /** How far samples are looked for before and behind it. */
  readonly before: number
  readonly behind: number
  /** The evaluated times, which an offset does not move. */
  readonly now: number
  readonly nowStep: number
  /** To be called now and then where windows are read one by one: throws once the query's time is over. */
  readonly goOn: () => void
}

/** Which samples of a series are in the window of each step: `first[i]` up to, not with, `last[i]`. Both only rise. */
export interface Windows extends Ranges {
  readonly first: Int32Array
  readonly last: Int32Array
}

/** Computes a function of all windows of one series of floats, and writes what it gives into the column. */
export type Kernel = (samples: Samples, windows: Windows, parameters: readonly Float64Array[], column: Column) => void

/** Finds the windows of a series. They are only good until the next call for the same `into`. */
export function findWindows({ times }: Samples, ranges: Ranges, into: Windows): Windows {
  const { count, step, before, behind } = ranges
  const { first, last } = into
  const length = times.length
  let from = 0
  let to = 0
  for (let index = 0; index < count; index += 1) {
    const end = ranges.to + index * step + behind
    const start = ranges.from + index * step - before
    while (to < length && (times[to] as number) <= end) to += 1
    while (from < to && (times[from] as number) <= start) from += 1
    first[index] = from
    last[index] = to
  }
  return into
}

export const emptyWindows = (ranges: Ranges): Windows => ({
  ...ranges,
  first: new Int32Array(ranges.count),
  last: new Int32Array(ranges.count),
})
