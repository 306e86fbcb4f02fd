import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"

/** Samples of one series in columns, times rising, in Unix milliseconds. May be shared with the storage: never write to them. */
export interface Samples {
  readonly times: Float64Array
  /** A stale marker has the bits of Prometheus' StaleNaN: ask `isStale`. Where there is a histogram, its sum. */
  readonly values: Float64Array
  /** Absent where all samples are floats; else as long as `times`, undefined for a float. */
  readonly histograms?: readonly (FloatHistogram | undefined)[]
}

/** One series that a selector found. Nothing is decoded before it is read. */
export interface StoredSeries {
  readonly labels: Labels
  /** The samples in the range that was selected. Decoded by each call: read once. */
  readonly read: () => Samples
}

/** What the engine needs of a storage. */
export interface Storage {
  /** Series that match all matchers and may have samples in `(from, to]` (Unix milliseconds), which `read` cuts to it; by labels. */
  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[]
}
