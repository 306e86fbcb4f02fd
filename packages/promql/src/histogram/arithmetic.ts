import { CompensatedBuckets } from "./compensated-buckets.ts"
import { mapCounts, noBuckets, type FloatHistogram } from "./float-histogram.ts"
import { HistogramSum, type Combining } from "./histogram-sum.ts"

export type Combined = Combining & { readonly histogram: FloatHistogram }

/** Undefined where one has custom buckets and the other has not (as for `subtract`). */
export const add = (a: FloatHistogram, b: FloatHistogram): Combined | undefined => combine(a, b, 1)

/** Counts may become negative. The reset hint is that of an addition: what a difference means is the caller's to say. */
export const subtract = (a: FloatHistogram, b: FloatHistogram): Combined | undefined => combine(a, b, -1)

function combine(a: FloatHistogram, b: FloatHistogram, sign: 1 | -1): Combined | undefined {
  const sum = new HistogramSum(a)
  const told = sum.add(b, sign)
  return told && { ...told, histogram: sum.value }
}

/** Every count, and the sum, times a factor. With a negative one no counter is left: a gauge. */
export const multiply = (histogram: FloatHistogram, factor: number): FloatHistogram => ({
  ...mapAll(histogram, (count) => count * factor),
  resetHint: factor < 0 ? "gauge" : histogram.resetHint,
})

/** By zero, counts and sum become infinite or NaN, and no bucket is left. */
export function divide(histogram: FloatHistogram, divisor: number): FloatHistogram {
  const divided = mapAll(histogram, (count) => count / divisor)
  if (divisor === 0) return { ...divided, positive: noBuckets, negative: noBuckets }
  return { ...divided, resetHint: divisor < 0 ? "gauge" : histogram.resetHint }
}

export const negate = (histogram: FloatHistogram): FloatHistogram => multiply(histogram, -1)

const mapAll = (histogram: FloatHistogram, change: (count: number) => number): FloatHistogram => ({
  ...histogram,
  count: change(histogram.count),
  sum: change(histogram.sum),
  zeroCount: change(histogram.zeroCount),
  positive: mapCounts(histogram.positive, change),
  negative: mapCounts(histogram.negative, change),
})

/** In a coarser exponential schema. */
export function toSchema(histogram: FloatHistogram, schema: number): FloatHistogram {
  if (schema === histogram.schema) return histogram
  const coarse = (side: FloatHistogram["positive"]): FloatHistogram["positive"] => {
    const buckets = new CompensatedBuckets(side)
    buckets.coarsen(histogram.schema, schema)
    return buckets.buckets
  }
  return { ...histogram, schema, positive: coarse(histogram.positive), negative: coarse(histogram.negative) }
}
