import { customSchema } from "./float-histogram.ts"

const finest = 8

/**
 * The mantissas of the bounds, in `[0.5, 1)`, by schema from 0 on. Prometheus' own are not the nearest floats: each schema takes every other bound
 * from the next coarser one and gets the ones between by a multiplication. Made the same way here, so that bounds are the same to the bit.
 */
const mantissas: readonly (readonly number[])[] = (() => {
  const bySchema: number[][] = [[0.5]]
  for (let schema = 1; schema <= finest; schema += 1) {
    const coarser = bySchema[schema - 1] ?? []
    const factor = Math.exp(Math.LN2 * 2 ** -schema)
    bySchema.push(coarser.flatMap((bound) => [bound, bound * factor]))
  }
  return bySchema
})()

/** Upper bound of the bucket of an exponential schema, as an absolute value. */
export function exponentialBound(index: number, schema: number): number {
  // Each schema has a bound at 2^1024, which is no float: the largest float stands for it, and one bucket more holds the infinite.
  if (schema < 0) {
    const power = index * 2 ** -schema
    return power === 1024 ? Number.MAX_VALUE : 2 ** power
  }
  const perPower = 2 ** schema
  const position = ((index % perPower) + perPower) % perPower
  const mantissa = mantissas[schema]?.[position] ?? Number.NaN
  const power = (index - position) / perPower
  return mantissa === 0.5 && power === 1024 ? Number.MAX_VALUE : mantissa * 2 * 2 ** power
}

/** Upper bound of a bucket; on the negative side the absolute value of its lower one. */
export function upperBound(index: number, schema: number, customBounds: readonly number[]): number {
  if (schema !== customSchema) return exponentialBound(index, schema)
  if (index < 0) return Number.NEGATIVE_INFINITY
  return customBounds[index] ?? Number.POSITIVE_INFINITY
}

/** The bucket of a coarser schema that a bucket lies in. */
export const coarserIndex = (index: number, from: number, to: number): number =>
  Math.floor((index - 1) / 2 ** (from - to)) + 1
