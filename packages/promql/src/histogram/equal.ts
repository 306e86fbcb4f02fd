import type { Buckets, FloatHistogram } from "./float-histogram.ts"
import { sameBounds } from "./custom-bounds.ts"

/** Same data: NaN is equal to itself. Hints do not count, as for `==` and `changes` in PromQL. */
export const equal = (a: FloatHistogram, b: FloatHistogram): boolean => agree(a, b, sameNumber)

/** Equal but for small relative differences of counts and sum, where two computations may round differently. */
export const almostEqual = (a: FloatHistogram, b: FloatHistogram, tolerance: number): boolean =>
  agree(a, b, (one, other) => almostSameNumber(one, other, tolerance))

function agree(a: FloatHistogram, b: FloatHistogram, same: (a: number, b: number) => boolean): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    sameBounds(a.customBounds, b.customBounds) &&
    same(a.count, b.count) &&
    same(a.sum, b.sum) &&
    same(a.zeroCount, b.zeroCount) &&
    bucketsAgree(a.positive, b.positive, same) &&
    bucketsAgree(a.negative, b.negative, same)
  )
}

const bucketsAgree = (a: Buckets, b: Buckets, same: (a: number, b: number) => boolean): boolean =>
  a.indexes.length === b.indexes.length &&
  a.indexes.every((index, at) => index === b.indexes[at] && same(a.counts[at] ?? 0, b.counts[at] ?? 0))

const sameNumber = (a: number, b: number): boolean => Object.is(a, b)

const smallestNormal = 2 ** -1022

/** Whether two numbers differ by less than `tolerance` times the sum of their sizes. */
export function almostSameNumber(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const size = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || size < smallestNormal) return difference < tolerance * smallestNormal
  return difference / Math.min(size, Number.MAX_VALUE) < tolerance
}
