/**
 * The φ-quantile of the first `count` values, by linear interpolation; −Inf below 0, +Inf above 1. NaN counts as lower than
 * all else. Brings the values into another order.
 */
export function quantile(phi: number, values: Float64Array, count = values.length): number {
  if (count === 0 || Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  // A typed array sorts NaN to the end.
  const sorted = values.subarray(0, count).sort()
  let numbers = count
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1])) numbers -= 1
  const nans = count - numbers
  const at = (index: number): number => (index < nans ? Number.NaN : (sorted[index - nans] ?? Number.NaN))
  const rank = phi * (count - 1)
  const lower = Math.floor(rank)
  const weight = rank - lower
  // Nothing times an infinity would be NaN.
  return weight === 0 ? at(lower) : at(lower) * (1 - weight) + at(Math.min(count - 1, lower + 1)) * weight
}
