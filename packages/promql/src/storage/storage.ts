import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"

/** The samples of one series, times rising, in Unix milliseconds. Shared with the storage: never write to them. */
export interface StoredSeries {
  readonly labels: Labels
  readonly times: Float64Array
  /** A stale marker has the bits of Prometheus' StaleNaN: ask `isStale`. */
  readonly values: Float64Array
}

/** What the engine needs of a storage. */
export interface Storage {
  /** Series that match all matchers and have samples in `(from, to]`, cut to it. */
  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[]
}
