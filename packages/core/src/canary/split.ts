import type { CanarySpec } from "./spec.ts"

/** Requests that proxies sent to each side in some interval. Counts need not be whole: rates are extrapolated. */
export interface Split {
  readonly stable: number
  readonly canary: number
}

/** What a weight in the API is compared with, to see whether proxies have taken it. */
export interface Shift {
  /** Share of the canary that the API has, in percent. */
  readonly percent: number
  /** Share that it had before, by the Canary's steps. */
  readonly from: number
  /** What proxies did right before; absent where nobody knows. */
  readonly before: Split | undefined
}

/** Above this many standard deviations a difference is none of chance. */
const CERTAIN = 3.3

/** Share of the canary in percent; undefined without requests. */
export function shareOf({ stable, canary }: Split): number | undefined {
  const total = stable + canary
  return total > 0 ? (100 * canary) / total : undefined
}

/** The step's weight before the one that a canary is at. */
export function weightBefore({ steps }: CanarySpec, percent: number): number {
  return steps.findLast(({ weight }) => weight < percent)?.weight ?? 0
}

/**
 * Whether proxies show a new weight: what they do is nearer to it than to the weight before, or at least for certain not what
 * they did before. The latter is for sides that also get requests past the managed route, so that no share is ever the
 * weight's. Undefined when there were too few requests to tell.
 */
export function showsShift(now: Split, { percent, from, before }: Shift, minimumSamples: number): boolean | undefined {
  const share = shareOf(now)
  if (share === undefined || now.stable + now.canary < minimumSamples) return undefined
  const earlier = before && shareOf(before)
  const way = Math.max(Math.abs(percent - from), Math.abs(percent - (earlier ?? from)))
  if (Math.abs(share - percent) <= way / 2) return true
  return before !== undefined && differs(before, now)
}

/** Two ratios that chance does not explain by one and the same. */
function differs(one: Split, other: Split): boolean {
  const [a, b] = [one.stable + one.canary, other.stable + other.canary]
  if (!(a > 0) || !(b > 0)) return false
  const both = (one.canary + other.canary) / (a + b)
  const deviation = Math.sqrt(both * (1 - both) * (1 / a + 1 / b))
  return Math.abs(one.canary / a - other.canary / b) > CERTAIN * deviation
}
