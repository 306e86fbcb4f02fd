import { allBuckets, withNaturalBounds, type Bucket } from "./all-buckets.ts"
import { hasCustomBuckets, type Buckets, type FloatHistogram } from "./float-histogram.ts"
import { partBelow } from "./interpolation.ts"

/** What is left of a bucket, and where its observations are taken to lie on average. */
interface Kept {
  readonly count: number
  readonly mean: number
}
const none: Kept = { count: 0, mean: 0 }

/** Only the observations up to `bound` (PromQL's `</`), or only those from it on (`>/`). */
export function trim(histogram: FloatHistogram, keep: "below" | "above", bound: number): FloatHistogram {
  const custom = hasCustomBuckets(histogram)
  let [count, sum, zeroCount] = [0, 0, histogram.zeroCount]
  let changed = false
  const counts: Record<"positive" | "negative", number[]> = { positive: [], negative: [] }
  for (const bucket of allBuckets(histogram)) {
    if (bucket.side === "zero" && !(bucket.count > 0)) continue
    const kept =
      bucket.side === "zero"
        ? keptOfZero(withNaturalBounds(bucket, histogram), keep, bound)
        : keptOf(bucket, keep, bound, custom)
    if (bucket.side === "zero") zeroCount = kept.count
    else counts[bucket.side].push(kept.count)
    count += kept.count
    sum += kept.mean * kept.count
    changed ||= kept.count !== bucket.count
  }
  // Count and sum are estimates from here on, so they stay what they were where nothing went.
  if (!changed) return histogram
  return {
    ...histogram,
    count,
    sum,
    zeroCount,
    positive: withCounts(histogram.positive, counts.positive),
    negative: withCounts(histogram.negative, counts.negative.toReversed()),
  }
}

function withCounts({ indexes }: Buckets, counts: readonly number[]): Buckets {
  const filled = [...counts.keys()].filter((position) => counts[position] !== 0)
  return {
    indexes: filled.map((position) => indexes[position] ?? 0),
    counts: filled.map((position) => counts[position] ?? 0),
  }
}

function keptOf(bucket: Bucket, keep: "below" | "above", bound: number, custom: boolean): Kept {
  const { lower, upper, count, side } = bucket
  if (keep === "below" ? upper <= bound : lower >= bound) return { count, mean: middle(lower, upper, side, custom) }
  if (!(keep === "below" ? lower < bound : upper > bound)) return none
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return keptOfUnbounded(bucket, keep, bound)
  const below = count * partBelow(bound, lower, upper, custom)
  return keep === "below"
    ? { count: below, mean: middle(lower, bound, side, custom) }
    : { count: count - below, mean: middle(bound, upper, side, custom) }
}

/** Of a bucket that a bound cuts and that has no end on one side nothing is known, unless 0 can be taken for that end. */
function keptOfUnbounded({ lower, upper, count }: Bucket, keep: "below" | "above", bound: number): Kept {
  if (lower !== Number.NEGATIVE_INFINITY) return keep === "above" ? { count, mean: bound } : none
  const fromZero = upper > 0 && Number.isFinite(upper)
  if (keep === "below") {
    if (fromZero && bound > 0) return { count: (count * bound) / upper, mean: bound / 2 }
    return upper <= 0 ? { count, mean: bound } : none
  }
  return fromZero && bound >= 0 ? { count: count * (1 - bound / upper), mean: (bound + upper) / 2 } : none
}

function keptOfZero({ lower, upper, count }: Bucket, keep: "below" | "above", bound: number): Kept {
  const all = { count, mean: (lower + upper) / 2 }
  // Of a bucket without width, what lies at the bound is above it.
  if (bound <= lower) return keep === "below" ? none : all
  if (bound >= upper) return keep === "below" ? all : none
  const [from, to] = keep === "below" ? [lower, bound] : [bound, upper]
  return { count: count * ((to - from) / (upper - lower)), mean: (from + to) / 2 }
}

function middle(lower: number, upper: number, side: Bucket["side"], custom: boolean): number {
  if (!Number.isFinite(lower)) return !Number.isFinite(upper) ? 0 : upper > 0 ? upper / 2 : upper
  if (!Number.isFinite(upper)) return lower
  if (custom) return (lower + upper) / 2
  return (side === "positive" ? 1 : -1) * Math.sqrt(Math.abs(lower * upper))
}
