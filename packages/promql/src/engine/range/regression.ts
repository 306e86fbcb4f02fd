import { CompensatedSum } from "../../compensated-sum.ts"

interface Line {
  readonly slope: number
  /** At the line's origin. */
  readonly intercept: number
}

/** Least squares over time, in seconds from `origin` (milliseconds), of at least two samples. */
export function regression(
  times: Float64Array,
  values: Float64Array,
  first: number,
  last: number,
  origin: number,
): Line {
  const initial = values[first] as number
  let constant = true
  const sumX = new CompensatedSum()
  const sumY = new CompensatedSum()
  const sumXY = new CompensatedSum()
  const sumX2 = new CompensatedSum()
  for (let index = first; index < last; index += 1) {
    const x = ((times[index] as number) - origin) / 1000
    const y = values[index] as number
    if (index > first && y !== initial) constant = false
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumX2.add(x * x)
  }
  // What does not move has no slope, not one of rounding.
  if (constant)
    return Math.abs(initial) === Number.POSITIVE_INFINITY
      ? { slope: Number.NaN, intercept: Number.NaN }
      : { slope: 0, intercept: initial }
  const n = last - first
  const covariance = sumXY.value - (sumX.value * sumY.value) / n
  const variance = sumX2.value - (sumX.value * sumX.value) / n
  const slope = covariance / variance
  return { slope, intercept: sumY.value / n - (slope * sumX.value) / n }
}
