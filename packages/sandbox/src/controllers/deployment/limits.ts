import type { Deployment } from "../../kube/types.gen.ts"

export interface RolloutLimits {
  /** How many pods may be there beyond the wanted number. */
  readonly maxSurge: number
  /** How many of the wanted number may be missing. */
  readonly maxUnavailable: number
}

/** The limits of a rolling update in pods. Percentages are of the wanted number: surge rounds up, unavailable down. */
export function rolloutLimits({ spec }: Deployment): RolloutLimits {
  if (spec?.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: 0 }
  const replicas = spec?.replicas ?? 1
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec?.strategy?.rollingUpdate ?? {}
  const surge = resolve(maxSurge, replicas, Math.ceil)
  const unavailable = Math.min(resolve(maxUnavailable, replicas, Math.floor), replicas)
  // Validation refuses 0 and 0, but rounding may still give them: then nothing could ever move.
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? Math.min(1, replicas) || 1 : unavailable,
  }
}

function resolve(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === "number") return value
  // Multiplied first, so that 25 % of 4 is exactly 1.
  return round((Number.parseInt(value, 10) * of) / 100)
}
