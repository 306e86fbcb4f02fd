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
  const hasZero = histogram.zeroCount !== 0
  return Array.from({ length: bucketCount(histogram, hasZero) }, (_, place) => bucketAt(histogram, place, hasZero))
}

/** As `allBuckets`, but where the zero bucket reaches into its neighbours, they begin where it ends; a negative count is no zero bucket. */
export const disjointBuckets = (histogram: FloatHistogram): Bucket[] =>
  disjointCounts(histogram).map((_, place) => disjointBucketAt(histogram, place))

/** What is in these buckets. */
export function disjointCounts({ positive, negative, zeroCount }: FloatHistogram): number[] {
  const counts = negative.counts.toReversed()
  if (zeroCount > 0) counts.push(zeroCount)
  for (const count of positive.counts) counts.push(count)
  return counts
}

/** One of these buckets by its place among them. */
export function disjointBucketAt(histogram: FloatHistogram, place: number): Bucket {
  const { zeroThreshold, zeroCount } = histogram
  const bucket = bucketAt(histogram, place, zeroCount > 0)
  if (bucket.side === "positive" && bucket.lower > 0 && bucket.lower < zeroThreshold)
    return { ...bucket, lower: zeroThreshold }
  if (bucket.side === "negative" && bucket.upper < 0 && bucket.upper > -zeroThreshold)
    return { ...bucket, upper: -zeroThreshold }
  return bucket
}

const bucketCount = ({ positive, negative }: FloatHistogram, hasZero: boolean): number =>
  negative.indexes.length + Number(hasZero) + positive.indexes.length

function bucketAt(histogram: FloatHistogram, place: number, hasZero: boolean): Bucket {
  const { schema, customBounds, positive, negative, zeroCount, zeroThreshold } = histogram
  const below = negative.indexes.length - 1 - place
  if (below >= 0) {
    const index = negative.indexes[below] ?? 0
    return {
      lower: -upperBound(index, schema, customBounds),
      upper: -upperBound(index - 1, schema, customBounds),
      lowerInclusive: true,
      upperInclusive: false,
      count: negative.counts[below] ?? 0,
      side: "negative",
    }
  }
  if (hasZero && below === -1)
    return {
      lower: -zeroThreshold,
      upper: zeroThreshold,
      lowerInclusive: true,
      upperInclusive: true,
      count: zeroCount,
      side: "zero",
    }
  const above = -below - 1 - Number(hasZero)
  const index = positive.indexes[above] ?? 0
  return {
    lower: upperBound(index - 1, schema, customBounds),
    upper: upperBound(index, schema, customBounds),
    lowerInclusive: hasCustomBuckets(histogram) && index === 0,
    upperInclusive: true,
    count: positive.counts[above] ?? 0,
    side: "positive",
  }
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
