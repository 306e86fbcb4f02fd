import { toSchema } from "./arithmetic.ts"
import { exponentialBound } from "./bounds.ts"
import { bucketsIn, commonBounds, sameBounds } from "./custom-bounds.ts"
import { hasCustomBuckets, type Buckets, type FloatHistogram } from "./float-histogram.ts"

/**
 * Whether the counter was reset between two histograms of a series: its hint says so, or something went down (counts, the
 * resolution, the zero bucket's width), which a counter cannot.
 */
export function detectReset(previous: FloatHistogram, current: FloatHistogram): boolean {
  if (current.resetHint === "reset") return true
  if (current.resetHint === "not_reset") return false
  if (current.count < previous.count) return true
  if (hasCustomBuckets(current)) return customReset(previous, current)
  // A reset also where the previous one has custom buckets: their schema is below all others.
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true
  const inside = (index: number): boolean => exponentialBound(index - 1, previous.schema) < current.zeroThreshold
  const cut = (index: number): boolean => exponentialBound(index, previous.schema) > current.zeroThreshold
  let zeroCount = previous.zeroCount
  for (const { indexes, counts } of [previous.positive, previous.negative]) {
    for (let at = 0; at < indexes.length; at += 1) {
      const index = indexes[at] ?? 0
      if (previous.zeroThreshold === current.zeroThreshold || !inside(index)) break
      // The zero bucket of a counter that goes on only grows over whole buckets.
      if (cut(index)) return true
      zeroCount += counts[at] ?? 0
    }
  }
  if (current.zeroCount < zeroCount) return true
  const before = toSchema(previous, current.schema)
  const beyondZero = (index: number): boolean => exponentialBound(index, current.schema) > current.zeroThreshold
  return (
    wentDown(before.positive, current.positive, beyondZero) || wentDown(before.negative, current.negative, beyondZero)
  )
}

function customReset(previous: FloatHistogram, current: FloatHistogram): boolean {
  if (!hasCustomBuckets(previous)) return true
  if (sameBounds(previous.customBounds, current.customBounds)) return wentDown(previous.positive, current.positive)
  const common = commonBounds(previous.customBounds, current.customBounds)
  const [before, now] = [previous, current].map(({ customBounds, positive: { indexes, counts } }) => {
    const target = bucketsIn(common, customBounds)
    const sums = Array.from({ length: common.length + 1 }, () => 0)
    indexes.forEach((index, at) => {
      sums[target(index)] = (sums[target(index)] ?? 0) + (counts[at] ?? 0)
    })
    return sums
  })
  return (now ?? []).some((count, index) => count < (before?.[index] ?? 0))
}

/** Whether a bucket holds less than before, or is there no longer. */
function wentDown(before: Buckets, now: Buckets, counts: (index: number) => boolean = () => true): boolean {
  let at = 0
  return before.indexes.some((index, position) => {
    if (!counts(index)) return false
    while (at < now.indexes.length && (now.indexes[at] ?? 0) < index) at += 1
    const count = before.counts[position] ?? 0
    return now.indexes[at] === index ? (now.counts[at] ?? 0) < count : count !== 0
  })
}
