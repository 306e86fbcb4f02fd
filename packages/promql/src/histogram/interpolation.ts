/** Whether observations are taken to lie evenly in a bucket: in custom ones and around zero. In others, they do on a logarithmic scale. */
export const isLinear = (lower: number, upper: number, custom: boolean): boolean => custom || (lower <= 0 && upper >= 0)

/** Which part of a bucket lies below a value inside of it. */
export function partBelow(value: number, lower: number, upper: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower)
  const [low, high, at] = [lower, upper, value].map((bound) => Math.log2(Math.abs(bound))) as [number, number, number]
  return value > 0 ? (at - low) / (high - low) : 1 - (at - high) / (low - high)
}

/** The value that a part of a bucket lies below. */
export function valueAt(part: number, lower: number, upper: number, linear: boolean): number {
  if (linear) return lower + (upper - lower) * part
  const [low, high] = [Math.log2(Math.abs(lower)), Math.log2(Math.abs(upper))]
  return lower > 0 ? 2 ** (low + (high - low) * part) : -(2 ** (high + (low - high) * (1 - part)))
}
