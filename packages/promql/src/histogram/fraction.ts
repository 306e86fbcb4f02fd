import { disjointBuckets, withNaturalBounds, type Bucket } from "./all-buckets.ts"
import { hasCustomBuckets, type FloatHistogram } from "./float-histogram.ts"
import { isLinear, partBelow } from "./interpolation.ts"

export interface Fraction {
  readonly value: number
  /** There are observations of NaN, which are in no fraction. */
  readonly nans: boolean
}

/** Which part of the observations lies between two values: what `quantile` is the inverse of. */
export function fraction(lower: number, upper: number, histogram: FloatHistogram): Fraction {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, nans: false }
  if (lower >= upper) return { value: 0, nans: false }
  const custom = hasCustomBuckets(histogram)
  const buckets = disjointBuckets(histogram).map((bucket) => withNaturalBounds(bucket, histogram))
  const inBuckets = buckets.reduce((sum, { count }) => sum + count, 0)
  const unsure = Number.isNaN(histogram.sum)
  const total = unsure ? inBuckets : histogram.count
  const below = (value: number): number => Math.min(total, countBelow(value, buckets, custom) ?? total)
  return {
    value: (below(upper) - below(lower)) / histogram.count,
    nans: unsure && inBuckets < histogram.count,
  }
}

/** How many observations lie below a value; undefined if it is above all buckets. */
function countBelow(value: number, buckets: readonly Bucket[], custom: boolean): number | undefined {
  let before = 0
  for (const { lower, upper, count } of buckets) {
    if (lower >= value) return before
    if (upper > value) {
      const linear = isLinear(lower, upper, custom)
      // In a bucket without a lower end there is nothing to interpolate between: all of it counts.
      if (linear && lower === Number.NEGATIVE_INFINITY) return count
      return before + count * partBelow(value, lower, upper, linear)
    }
    before += count
  }
  return undefined
}
