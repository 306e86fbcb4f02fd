import { bucketsFrom, customSchema, noBuckets, type FloatHistogram } from "./float-histogram.ts"

/** A classic histogram at one time: cumulative counts by upper bound (+Inf may be missing), and what `_count` and `_sum` say. */
export interface ClassicHistogram {
  readonly buckets: readonly { readonly upper: number; readonly count: number }[]
  readonly count?: number
  readonly sum?: number
}

/** As a native histogram with custom buckets, or why it cannot be one. */
export function fromClassic(classic: ClassicHistogram): FloatHistogram | { readonly wrong: string } {
  const bounds = new Map<number, number>()
  // Of two buckets with one bound (`le="1"`, `le="1.0"`) the first one counts.
  for (const { upper, count } of classic.buckets) if (!bounds.has(upper)) bounds.set(upper, count)
  const buckets = [...bounds].sort(([a], [b]) => a - b)
  const last = buckets.at(-1)
  const total = classic.count ?? last?.[1]
  if (total === undefined) return { wrong: "missing count" }
  if (last?.[0] !== Number.POSITIVE_INFINITY) buckets.push([Number.POSITIVE_INFINITY, total])
  const cumulative = buckets.map(([, count]) => count)
  const counts = cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0))
  if (buckets.some(([upper]) => Number.isNaN(upper))) return { wrong: "bucket boundary cannot be NaN" }
  if (total < 0 || cumulative.some((count) => count < 0)) return { wrong: "a count is negative" }
  if (counts.some((count) => count < 0)) return { wrong: "counts are not cumulative" }
  if (total !== cumulative.at(-1)) return { wrong: `count ${total} is not that of the last bucket` }
  return {
    schema: customSchema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum: classic.sum ?? 0,
    positive: bucketsFrom(0, counts),
    negative: noBuckets,
    customBounds: buckets.slice(0, -1).map(([upper]) => upper),
    resetHint: "unknown",
  }
}
