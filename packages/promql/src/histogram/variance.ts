import { CompensatedSum } from "../compensated-sum.ts"
import { disjointBuckets, type Bucket } from "./all-buckets.ts"
import { hasCustomBuckets, type FloatHistogram } from "./float-histogram.ts"

/** Variance of the observations, as if all of a bucket lay in its middle. */
export function variance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count
  const custom = hasCustomBuckets(histogram)
  const squares = new CompensatedSum()
  for (const bucket of disjointBuckets(histogram)) {
    const delta = middle(bucket, custom) - mean
    squares.add(bucket.count * delta * delta)
  }
  return squares.value / histogram.count
}

/** The arithmetic mean of the bounds of custom buckets, the geometric one of exponential ones. */
function middle({ lower, upper }: Bucket, custom: boolean): number {
  if (custom) return (upper + lower) / 2
  if (lower <= 0 && upper >= 0) return 0
  return (upper < 0 ? -1 : 1) * Math.sqrt(upper * lower)
}
