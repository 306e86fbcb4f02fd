import { formatValue } from "../format.ts"
import { disjointBuckets } from "./all-buckets.ts"
import type { FloatHistogram } from "./float-histogram.ts"

/** Which ends belong to the bucket: 0 the upper one, 1 the lower one, 2 neither, 3 both. */
type Boundaries = 0 | 1 | 2 | 3

/** As the HTTP API answers one (Prometheus, "Querying API", "Native histograms"). */
export interface HistogramJson {
  readonly count: string
  readonly sum: string
  readonly buckets?: readonly (readonly [boundaries: Boundaries, lower: string, upper: string, count: string])[]
}

export function histogramJson(histogram: FloatHistogram): HistogramJson {
  const buckets = disjointBuckets(histogram).map(({ lower, upper, lowerInclusive, upperInclusive, count }) => {
    const boundaries: Boundaries = lowerInclusive ? (upperInclusive ? 3 : 1) : upperInclusive ? 0 : 2
    return [boundaries, formatValue(lower), formatValue(upper), formatValue(count)] as const
  })
  return {
    count: formatValue(histogram.count),
    sum: formatValue(histogram.sum),
    ...(buckets.length > 0 && { buckets }),
  }
}
