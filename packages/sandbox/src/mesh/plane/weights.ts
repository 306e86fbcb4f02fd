import type { WeightedCluster } from "../snapshot.ts"

/**
 * Picks as Envoy does: one random number below the total, then the first destination whose share it falls into. A lone
 * destination is taken whatever its weight; a weight of 0 among several is never taken. `destinations` is not empty.
 */
export function pickWeighted<T extends Pick<WeightedCluster, "weight">>(
  destinations: readonly T[],
  random: () => number,
): T | undefined {
  if (destinations.length === 1) return destinations[0]
  let total = 0
  for (const { weight } of destinations) total += weight
  let rest = Math.floor(random() * total)
  for (const destination of destinations) {
    if (rest < destination.weight) return destination
    rest -= destination.weight
  }
  return undefined
}

/** Whether something that happens to `percent` of the requests happens to this one. */
export function happens(percent: number, random: () => number): boolean {
  return percent >= 100 || (percent > 0 && random() * 100 < percent)
}
