import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"

/** Samples as `[Unix milliseconds, value]`. */
export type Sample = readonly [time: number, value: number | FloatHistogram]

export interface QuerySeries {
  readonly labels: Labels
  readonly samples: readonly Sample[]
}

/** What is to be told with an answer, as Prometheus words it, with prefix and position. */
export interface Told {
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

export type QueryValue =
  | { readonly type: "scalar"; readonly sample: Sample }
  | { readonly type: "string"; readonly time: number; readonly value: string }
  | { readonly type: "vector"; readonly series: readonly { readonly labels: Labels; readonly sample: Sample }[] }
  | { readonly type: "matrix"; readonly series: readonly QuerySeries[] }

export type QueryResult = QueryValue & Told
