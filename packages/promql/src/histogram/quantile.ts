import { disjointBucketAt, disjointCounts, withNaturalBounds, type Bucket } from "./all-buckets.ts"
import { hasCustomBuckets, type FloatHistogram } from "./float-histogram.ts"
import { isLinear, valueAt } from "./interpolation.ts"

export interface Quantile {
  readonly value: number
  /** Observations of NaN, which no bucket has, made the result NaN, or too high. */
  readonly nan?: "result is NaN" | "result is skewed higher"
}

const noBucket: Bucket = { lower: 0, upper: 0, lowerInclusive: true, upperInclusive: true, count: 0, side: "zero" }

/** The value below which the part `phi` of the observations lies, interpolated within its bucket. */
export function quantile(phi: number, histogram: FloatHistogram): Quantile {
  if (phi < 0) return { value: Number.NEGATIVE_INFINITY }
  if (phi > 1) return { value: Number.POSITIVE_INFINITY }
  if (histogram.count === 0 || Number.isNaN(phi)) return { value: Number.NaN }
  const custom = hasCustomBuckets(histogram)
  const nans = Number.isNaN(histogram.sum)
  // Only one bucket's bounds are needed: finding them costs more than counting.
  const counts = disjointCounts(histogram)
  // Counted from the nearer end, for precision. NaN counts as above all buckets, so then only from below.
  const rising = nans || phi < 0.5
  const rank = (rising ? phi : 1 - phi) * histogram.count
  const { place, count } = reach(counts, rank, rising)
  const found = counts.length === 0 ? noBucket : disjointBucketAt(histogram, place)
  if (custom && found.lower === Number.NEGATIVE_INFINITY && found.upper <= 0) return { value: found.upper }
  if (custom && found.lower !== Number.NEGATIVE_INFINITY && found.upper === Number.POSITIVE_INFINITY)
    return { value: found.lower }
  const { lower, upper, count: inside } = withNaturalBounds(found, histogram)
  const reached = Math.min(count, histogram.count)
  if (reached < rank) return nans ? { value: Number.NaN, nan: "result is NaN" } : { value: upper }
  const into = rising ? rank - (reached - inside) : reached - rank
  const value = valueAt(into / inside, lower, upper, isLinear(lower, upper, custom))
  if (!nans) return { value }
  const beyond = counts.slice(place + 1).reduce((sum, one) => sum + one, 0)
  return reached + beyond < histogram.count ? { value, nan: "result is skewed higher" } : { value }
}

/** The bucket in which a rank is reached from below, or from above, else the last one on the way, and how many observations there are up to its end. */
function reach(counts: readonly number[], rank: number, rising: boolean): { place: number; count: number } {
  const { length } = counts
  let count = 0
  for (let passed = 0; passed < length; passed += 1) {
    const place = rising ? passed : length - 1 - passed
    count += counts[place] ?? 0
    if (count >= rank) return { place, count }
  }
  return { place: rising ? length - 1 : 0, count }
}
