import { upperBound } from "./bounds.ts"
import { hasCustomBuckets, type FloatHistogram } from "./float-histogram.ts"

/** One bucket as an interval. */
export interface Bucket {
  readonly lower: number
  readonly upper: number
  readonly lowerInclusive: boolean
  readonly upperInclusive: boolean
  readonly count: number
  readonly side: "negative" | "zero" | "positive"
}

/** All buckets that hold anything, from the lowest values to the highest, as their schema has them. */
export function allBuckets(histogram: FloatHistogram): Bucket[] {
  const { schema, customBounds, positive, negative, zeroCount, zeroThreshold } = histogram
  const custom = hasCustomBuckets(histogram)
  const buckets: Bucket[] = []
  for (let position = negative.indexes.length - 1; position >= 0; position -= 1) {
    const index = negative.indexes[position] ?? 0
    const [lower, upper] = [-upperBound(index, schema, customBounds), -upperBound(index - 1, schema, customBounds)]
    buckets.push({
      lower,
      upper,
      lowerInclusive: true,
      upperInclusive: false,
      count: negative.counts[position] ?? 0,
      side: "negative",
    })
  }
  if (zeroCount !== 0)
    buckets.push({
      lower: -zeroThreshold,
      upper: zeroThreshold,
      lowerInclusive: true,
      upperInclusive: true,
      count: zeroCount,
      side: "zero",
    })
  positive.indexes.forEach((index, position) => {
    buckets.push({
      lower: upperBound(index - 1, schema, customBounds),
      upper: upperBound(index, schema, customBounds),
      lowerInclusive: custom && index === 0,
      upperInclusive: true,
      count: positive.counts[position] ?? 0,
      side: "positive",
    })
  })
  return buckets
}

/** As `allBuckets`, but where the zero bucket reaches into its neighbours, they begin where it ends; a negative count is no zero bucket. */
export function disjointBuckets(histogram: FloatHistogram): Bucket[] {
  const { zeroThreshold } = histogram
  return allBuckets(histogram)
    .filter(({ side, count }) => side !== "zero" || count > 0)
    .map((bucket) => {
      if (bucket.side === "positive" && bucket.lower > 0 && bucket.lower < zeroThreshold)
        return { ...bucket, lower: zeroThreshold }
      if (bucket.side === "negative" && bucket.upper < 0 && bucket.upper > -zeroThreshold)
        return { ...bucket, upper: -zeroThreshold }
      return bucket
    })
}

/** Of a histogram with observations of one sign only, the zero bucket ends at 0, and custom buckets begin there. */
export function withNaturalBounds(bucket: Bucket, histogram: FloatHistogram): Bucket {
  const { positive, negative } = histogram
  if (hasCustomBuckets(histogram))
    return bucket.lower === Number.NEGATIVE_INFINITY && bucket.upper > 0 ? { ...bucket, lower: 0 } : bucket
  if (bucket.side !== "zero") return bucket
  if (negative.indexes.length === 0 && positive.indexes.length > 0) return { ...bucket, lower: 0 }
  if (positive.indexes.length === 0 && negative.indexes.length > 0) return { ...bucket, upper: 0 }
  return bucket
}
