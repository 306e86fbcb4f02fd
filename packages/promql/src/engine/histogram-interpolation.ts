import { add, multiply, subtract } from "../histogram/arithmetic.ts"
import { detectReset } from "../histogram/detect-reset.ts"
import { compatible, type FloatHistogram } from "../histogram/float-histogram.ts"
import type { Annotations, Place } from "./annotations.ts"

/**
 * The histogram at a fraction of the time between two. A counter that was reset between them began at nothing. Undefined where
 * they cannot be combined, which is told.
 */
export function interpolateHistograms(
  before: FloatHistogram,
  after: FloatHistogram,
  fraction: number,
  counter: boolean,
  metric: string,
  annotations: Annotations,
  place: Place,
): FloatHistogram | undefined {
  if (!compatible(before, after)) {
    annotations.add(
      "warning",
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${JSON.stringify(metric)}`,
      place,
    )
    return undefined
  }
  if (counter && detectReset(before, after)) return multiply(after, fraction)
  const difference = subtract(after, before)
  const result = difference && add(multiply(difference.histogram, fraction), before)
  if (difference?.reconciled)
    annotations.add("info", "mismatched custom buckets were reconciled during subtraction", place)
  if (result?.reconciled) annotations.add("info", "mismatched custom buckets were reconciled during addition", place)
  return result?.histogram
}
