import { almostSameNumber } from "./equal.ts"

/** Differences of counts below this, relative to them, are taken for those of rounding. */
const tolerance = 1e-12

/** Where counts fell from one bucket to the next, which cumulative ones cannot. */
export interface Falls {
  readonly lowest: number
  readonly highest: number
  readonly most: number
}

/**
 * Cumulative buckets of a classic histogram at one time, in arrays that are used again: set `length` entries of `uppers`,
 * rising, and `counts`. The functions below write to them.
 */
export interface ClassicBuckets {
  readonly uppers: Float64Array
  readonly counts: Float64Array
  length: number
}

/** The φ-quantile, interpolated evenly within its bucket, of which the lowest begins at 0 if it ends above it. */
export function classicQuantile(phi: number, buckets: ClassicBuckets): { value: number; falls?: Falls } {
  if (Number.isNaN(phi)) return { value: Number.NaN }
  if (phi < 0) return { value: Number.NEGATIVE_INFINITY }
  if (phi > 1) return { value: Number.POSITIVE_INFINITY }
  if (!endsInInfinity(buckets)) return { value: Number.NaN }
  coalesce(buckets)
  const falls = levelFalls(buckets)
  const value = levelQuantile(phi, buckets)
  return falls === undefined ? { value } : { value, falls }
}

function levelQuantile(phi: number, { uppers, counts, length }: ClassicBuckets): number {
  const total = counts[length - 1] ?? 0
  if (length < 2 || total === 0) return Number.NaN
  const rank = phi * total
  // Binary, for NaN compares as Prometheus' search does: it is never reached.
  let [low, high] = [0, length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((counts[middle] ?? 0) >= rank) high = middle
    else low = middle + 1
  }
  if (low === length - 1) return uppers[length - 2] ?? Number.NaN
  const upper = uppers[low] ?? Number.NaN
  if (low === 0 && upper <= 0) return upper
  const start = low === 0 ? 0 : (uppers[low - 1] ?? 0)
  const before = low === 0 ? 0 : (counts[low - 1] ?? 0)
  return start + (upper - start) * ((rank - before) / ((counts[low] ?? 0) - before))
}

/** Which part of the observations lies between two values. */
export function classicFraction(lower: number, upper: number, buckets: ClassicBuckets): number {
  if (!endsInInfinity(buckets)) return Number.NaN
  coalesce(buckets)
  const total = buckets.counts[buckets.length - 1] ?? 0
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  const below = (value: number): number => Math.min(total, countBelow(value, buckets) ?? total)
  return (below(upper) - below(lower)) / total
}

function countBelow(value: number, { uppers, counts, length }: ClassicBuckets): number | undefined {
  let before = 0
  let lower = (uppers[0] ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0
  for (let index = 0; index < length; index += 1) {
    const upper = uppers[index] ?? 0
    const count = counts[index] ?? 0
    if (lower >= value) return before
    if (upper > value) {
      if (lower === Number.NEGATIVE_INFINITY) return count
      return before + ((count - before) * (value - lower)) / (upper - lower)
    }
    before = count
    lower = upper
  }
  return undefined
}

const endsInInfinity = ({ uppers, length }: ClassicBuckets): boolean =>
  length > 0 && uppers[length - 1] === Number.POSITIVE_INFINITY

/** Adds up buckets with the same bound (`le="1"`, `le="1.0"`). */
function coalesce(buckets: ClassicBuckets): void {
  const { uppers, counts, length } = buckets
  let last = 0
  for (let index = 1; index < length; index += 1) {
    if (uppers[index] === uppers[last]) counts[last] = (counts[last] ?? 0) + (counts[index] ?? 0)
    else {
      last += 1
      uppers[last] = uppers[index] ?? 0
      counts[last] = counts[index] ?? 0
    }
  }
  buckets.length = last + 1
}

/** Levels small differences for good, and falls, which are told. */
function levelFalls({ uppers, counts, length }: ClassicBuckets): Falls | undefined {
  let falls: Falls | undefined
  let before = counts[0] ?? 0
  for (let index = 1; index < length; index += 1) {
    const count = counts[index] ?? 0
    if (count === before) continue
    const small = almostSameNumber(before, count, tolerance)
    if (!small && !(count < before)) {
      before = count
      continue
    }
    counts[index] = before
    if (small) continue
    const upper = uppers[index] ?? 0
    falls = {
      lowest: Math.min(falls?.lowest ?? upper, upper),
      highest: Math.max(falls?.highest ?? upper, upper),
      most: Math.max(falls?.most ?? 0, before - count),
    }
  }
  return falls
}
