import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Telling } from "./told.ts"

/**
 * The samples of one series within the window of one step: `first` up to, not with, `last` of the columns; never empty, no
 * stale markers. One object per series whose numbers move forward from step to step: keep none of them.
 */
export interface Window {
  readonly times: Float64Array
  /** Where there is a histogram, its sum. */
  readonly values: Float64Array
  /** As long as `times` where the series has a histogram anywhere; undefined for a float. */
  readonly histograms: readonly (FloatHistogram | undefined)[] | undefined
  readonly first: number
  readonly last: number
  /**
   * The borders of the range, `(from, to]`, in milliseconds. Of an `anchored` range the samples begin a look-back before it, of a
   * `smoothed` one they also end a look-back behind it.
   */
  readonly from: number
  readonly to: number
  /** The evaluated time, in milliseconds: not `to` where there is an offset or `@`. */
  readonly now: number
}

/** What is the same for all windows of a call. */
export interface RangeCall {
  /** The function's. */
  readonly name: string
  /** Length of the range, in milliseconds. */
  readonly range: number
  readonly extended: "anchored" | "smoothed" | undefined
  /** Milliseconds. */
  readonly lookback: number
  /** Of the range among the arguments. */
  readonly told: Telling
}

/** A function of a window with a histogram among its samples; `metric` is the series' name, "" if it has none. */
export type HistogramRangeFunction = (
  window: Window,
  metric: string,
  call: RangeCall,
) => number | FloatHistogram | undefined
