import { add, multiply, subtract } from "../../histogram/arithmetic.ts"
import { detectReset } from "../../histogram/detect-reset.ts"
import { compatible, hasCustomBuckets, type FloatHistogram } from "../../histogram/float-histogram.ts"
import type { Telling } from "../told.ts"
import type { Window } from "../window.ts"

/** What is asked of a rate. */
export interface Rate {
  /** Resets count, and no value is below zero. */
  readonly counter: boolean
  readonly perSecond: boolean
}

/** The samples of a window that are all histograms. */
export interface HistogramSamples {
  readonly times: readonly number[]
  readonly histograms: readonly [FloatHistogram, ...FloatHistogram[]]
}

/** Undefined where there is a float among them. */
export function onlyHistograms({ times, histograms, first, last }: Window): HistogramSamples | undefined {
  const found: FloatHistogram[] = []
  for (let index = first; index < last; index += 1) {
    const histogram = histograms?.[index]
    if (histogram === undefined) return undefined
    found.push(histogram)
  }
  const [one, ...others] = found
  return one && { times: [...times.subarray(first, last)], histograms: [one, ...others] }
}

/** Whether all have exponential buckets, or all have custom ones. */
export function sameKind([first, ...others]: HistogramSamples["histograms"]): boolean {
  const custom = hasCustomBuckets(first)
  return others.every((histogram) => hasCustomBuckets(histogram) === custom)
}

/** How much `later` is above `earlier`; what differs in their buckets is told. Undefined where they cannot be compared. */
export function difference(
  earlier: FloatHistogram,
  later: FloatHistogram,
  metric: string,
  told: Telling,
): FloatHistogram | undefined {
  const combined = subtract(later, earlier)
  if (combined === undefined) told.mixedSchemas(metric)
  else if (combined.reconciled) told.reconciled("subtraction")
  return combined?.histogram
}

/** Both together, as `difference`. */
export function total(
  one: FloatHistogram,
  other: FloatHistogram,
  metric: string,
  told: Telling,
): FloatHistogram | undefined {
  const combined = add(one, other)
  if (combined === undefined) told.mixedSchemas(metric)
  else if (combined.reconciled) told.reconciled("addition")
  return combined?.histogram
}

/** What a counter was before each of its resets: what a difference over them lacks. */
export function beforeResets(histograms: readonly FloatHistogram[]): FloatHistogram[] {
  return histograms.filter((histogram, index) => {
    const next = histograms[index + 1]
    return next !== undefined && detectReset(histogram, next)
  })
}

/** On the line between two samples. A counter that was reset between them began at zero. */
export function interpolated(
  [before, beforeTime]: readonly [FloatHistogram, number],
  [after, afterTime]: readonly [FloatHistogram, number],
  time: number,
  counter: boolean,
  metric: string,
  told: Telling,
): FloatHistogram | undefined {
  if (time === beforeTime) return before
  if (time === afterTime) return after
  const part = (time - beforeTime) / (afterTime - beforeTime)
  if (counter && compatible(before, after) && detectReset(before, after)) return multiply(after, part)
  const change = difference(before, after, metric, told)
  return change && total(multiply(change, part), before, metric, told)
}
