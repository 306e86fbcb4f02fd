import type { Labels } from "../labels.ts"
import { emptyColumn, has, put, type Column } from "./grid.ts"

interface Bucket {
  readonly upper: number
  count: number
}

/** `histogram_quantile` over classic buckets: groups by all labels but `le`, then interpolates within the bucket of the rank. */
export function histogramQuantile(phi: Float64Array, columns: readonly Column[], count: number): Column[] {
  const groups = new Map<string, { labels: Labels; buckets: { upper: number; column: Column }[] }>()
  for (const column of columns) {
    const le = column.labels.get("le")
    const upper = le === "" ? Number.NaN : le === "+Inf" || le === "Inf" ? Number.POSITIVE_INFINITY : Number(le)
    if (Number.isNaN(upper)) continue
    const labels = column.labels.drop(["__name__", "le"])
    const group = groups.get(labels.key) ?? { labels, buckets: [] }
    groups.set(labels.key, group)
    group.buckets.push({ upper, column })
  }
  return [...groups.values()]
    .map(({ labels, buckets }) => {
      buckets.sort((a, b) => a.upper - b.upper)
      const result = emptyColumn(labels, count)
      for (let step = 0; step < count; step += 1) {
        const here = buckets.flatMap(({ upper, column }) =>
          column.present[step] ? [{ upper, count: column.values[step] ?? Number.NaN }] : [],
        )
        if (here.length > 0) put(result, step, bucketQuantile(phi[step] ?? Number.NaN, here))
      }
      return result
    })
    .filter(has)
}

/** Prometheus' bucketQuantile: buckets rise by `upper`, the last must be +Inf, counts are cumulative and made monotonic. */
function bucketQuantile(phi: number, given: readonly Bucket[]): number {
  if (Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  const buckets: Bucket[] = []
  for (const { upper, count } of given) {
    const last = buckets.at(-1)
    if (last?.upper === upper) last.count += count
    else buckets.push({ upper, count: Math.max(count, last?.count ?? 0) })
  }
  const total = buckets.at(-1)
  if (total?.upper !== Number.POSITIVE_INFINITY || buckets.length < 2 || total.count === 0 || Number.isNaN(total.count))
    return Number.NaN
  const rank = phi * total.count
  const index = buckets.findIndex((bucket) => bucket.count >= rank)
  const bucket = buckets[index]
  const before = buckets[index - 1]
  if (index === buckets.length - 1) return buckets[buckets.length - 2]?.upper ?? Number.NaN
  if (bucket === undefined) return Number.NaN
  if (index === 0 && bucket.upper <= 0) return bucket.upper
  const start = before?.upper ?? 0
  const below = before?.count ?? 0
  return start + (bucket.upper - start) * ((rank - below) / (bucket.count - below))
}
