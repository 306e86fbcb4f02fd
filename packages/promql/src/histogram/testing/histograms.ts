import fc from "fast-check"
import { exponentialBound } from "../bounds.ts"
import { customSchema, noBuckets, type Buckets, type FloatHistogram } from "../float-histogram.ts"
import { parseTestHistogram } from "../test-form.ts"

/** A histogram in the form of test scripts. */
export function histogramOf(text: string): FloatHistogram {
  const parsed = parseTestHistogram(text)
  if ("wrong" in parsed) throw new Error(parsed.wrong)
  return parsed.histogram
}

/** What an instrumented program would have counted. */
export function observed(values: readonly number[], schema: number, zeroThreshold: number): FloatHistogram {
  const indexOf = (value: number): number => {
    const guess = Math.ceil(Math.log2(value) * 2 ** schema)
    return [guess - 1, guess, guess + 1].find((index) => value <= exponentialBound(index, schema)) ?? guess
  }
  const side = (sign: 1 | -1): Buckets =>
    counted(
      values
        .map((value) => value * sign)
        .filter((value) => value > zeroThreshold)
        .map(indexOf),
    )
  return {
    schema,
    zeroThreshold,
    zeroCount: values.filter((value) => Math.abs(value) <= zeroThreshold).length,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    positive: side(1),
    negative: side(-1),
    customBounds: [],
    resetHint: "unknown",
  }
}

export function observedCustom(values: readonly number[], bounds: readonly number[]): FloatHistogram {
  const indexes = values.map((value) => {
    const index = bounds.findIndex((bound) => value <= bound)
    return index === -1 ? bounds.length : index
  })
  return {
    schema: customSchema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    positive: counted(indexes),
    negative: noBuckets,
    customBounds: bounds,
    resetHint: "unknown",
  }
}

function counted(indexes: readonly number[]): Buckets {
  const rising = [...new Set(indexes)].sort((a, b) => a - b)
  return { indexes: rising, counts: rising.map((index) => indexes.filter((one) => one === index).length) }
}

// Whole numbers and powers of two, so that sums are exact whatever the order.
const observation = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(0.125, 0.5, -0.25, 2, 4, -8))
export const observations = fc.array(observation, { maxLength: 30 })
export const schemas = fc.integer({ min: -4, max: 8 })
/** At bounds of every schema. */
export const thresholds = fc.constantFrom(0, 2 ** -16, 1)

export const exponential = fc
  .tuple(observations, schemas, thresholds)
  .map(([values, schema, threshold]) => observed(values, schema, threshold))
export const bounds = fc
  .uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 6 })
  .map((values) => values.sort((a, b) => a - b))
export const custom = fc.tuple(observations, bounds).map(([values, upper]) => observedCustom(values, upper))
