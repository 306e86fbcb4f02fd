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
  /** All that it may have had before: those of the Canary's steps, and none. */
  readonly others: readonly number[]
  /** What proxies did right before; absent where nobody knows. */
  readonly before: Split | undefined
}

/** Above this many standard deviations a difference is none of chance. */
const CERTAIN = 3.3
/** Below this many it may well be. */
const USUAL = 2
/** A share is a weight's when it is no further from it than this part of the way between two weights. */
const NEAR = 1 / 8

/** Share of the canary in percent; undefined without requests. */
export function shareOf({ stable, canary }: Split): number | undefined {
  const total = stable + canary
  return total > 0 ? (100 * canary) / total : undefined
}

/** The step's weight before the one that a canary is at. */
export function weightBefore({ steps }: CanarySpec, percent: number): number {
  return steps.findLast(({ weight }) => weight < percent)?.weight ?? 0
}

/** The weights that a canary may have come from, to this one. */
export function otherWeights({ steps }: CanarySpec, percent: number): number[] {
  return [0, ...steps.map(({ weight }) => weight)].filter((weight) => weight !== percent)
}

/**
 * Whether proxies show a new weight: what they do is nearer to it than to the weight before, or at least for certain not what
 * they did before. The latter is for sides that also get requests past the managed route, so that no share is ever the
 * weight's. Undefined when nobody can tell: there were too few requests, or what proxies do, and did before, is what no weight
 * explains, so that it says nothing of weights. To wait for more there would be to wait for ever.
 */
export function showsShift(now: Split, shift: Shift, minimumSamples: number): boolean | undefined {
  const { percent, from, others, before } = shift
  const share = shareOf(now)
  if (share === undefined || now.stable + now.canary < minimumSamples) return undefined
  const earlier = before && shareOf(before)
  const way = Math.max(Math.abs(percent - from), Math.abs(percent - (earlier ?? from)))
  if (Math.abs(share - percent) <= way / 2) return true
  if (before === undefined || earlier === undefined) return Math.abs(share - from) < way / 2 ? false : undefined
  if (differs(before, now)) return true
  const near = NEAR * Math.abs(percent - from)
  const total = before.stable + before.canary
  return others.some((weight) => Math.abs(earlier - weight) <= Math.max(near, USUAL * deviationOf(weight, total)))
    ? false
    : undefined
}

/** Of the share, in percent, that this weight gives to so many requests. */
function deviationOf(weight: number, total: number): number {
  return Math.sqrt((weight * (100 - weight)) / total)
}

/** Two ratios that chance does not explain by one and the same. */
function differs(one: Split, other: Split): boolean {
  const [a, b] = [one.stable + one.canary, other.stable + other.canary]
  if (!(a > 0) || !(b > 0)) return false
  const both = (one.canary + other.canary) / (a + b)
  const deviation = Math.sqrt(both * (1 - both) * (1 / a + 1 / b))
  return Math.abs(one.canary / a - other.canary / b) > CERTAIN * deviation
}
