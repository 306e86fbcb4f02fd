/** One-sided 95 % quantile of the normal distribution. */
const Z = 1.6448536269514722

/**
 * One-sided 95 % bounds (Wilson's score interval) of a ratio of which `part` of `total` were seen. Counts need not be
 * whole: rates over an interval are extrapolated. Undefined without any sample.
 */
export function ratioBounds(part: number, total: number): { readonly low: number; readonly high: number } | undefined {
  if (!(total > 0)) return undefined
  const ratio = Math.min(Math.max(part / total, 0), 1)
  const square = Z * Z
  const centre = (ratio + square / (2 * total)) / (1 + square / total)
  const spread = (Z / (1 + square / total)) * Math.sqrt((ratio * (1 - ratio)) / total + square / (4 * total * total))
  return { low: Math.max(0, centre - spread), high: Math.min(1, centre + spread) }
}

/** Cumulative histogram bucket: how many observations were at most `upTo` (`+Inf` as Infinity). */
export interface Bucket {
  readonly upTo: number
  readonly count: number
}

function sorted(buckets: readonly Bucket[]): Bucket[] {
  let count = 0
  return [...buckets]
    .sort((a, b) => a.upTo - b.upTo)
    .map((bucket) => {
      // Scrapes of several pods at different moments can make a cumulative count sink a little.
      count = Math.max(count, bucket.count)
      return { upTo: bucket.upTo, count }
    })
}

/** Quantile by linear interpolation within a bucket, as Prometheus' histogram_quantile does; undefined without samples. */
export function quantile(buckets: readonly Bucket[], q: number): number | undefined {
  const all = sorted(buckets)
  const total = all.at(-1)?.count ?? 0
  if (!(total > 0)) return undefined
  const rank = q * total
  const index = all.findIndex((bucket) => bucket.count >= rank)
  const bucket = all[index]
  const below = all[index - 1] ?? { upTo: 0, count: 0 }
  if (bucket === undefined) return undefined
  if (bucket.upTo === Number.POSITIVE_INFINITY) return below.upTo
  const inside = bucket.count - below.count
  return inside === 0 ? bucket.upTo : below.upTo + ((bucket.upTo - below.upTo) * (rank - below.count)) / inside
}

/** How many observations were above a value, by the same interpolation. */
export function countAbove(buckets: readonly Bucket[], value: number): number {
  const all = sorted(buckets)
  const total = all.at(-1)?.count ?? 0
  const index = all.findIndex((bucket) => bucket.upTo >= value)
  const bucket = all[index]
  const below = all[index - 1] ?? { upTo: 0, count: 0 }
  if (bucket === undefined) return 0
  // Within the last, open bucket nothing is known, and a quantile says its lower end: not above.
  if (bucket.upTo === Number.POSITIVE_INFINITY) return 0
  const share = (value - below.upTo) / (bucket.upTo - below.upTo)
  return total - (below.count + share * (bucket.count - below.count))
}
