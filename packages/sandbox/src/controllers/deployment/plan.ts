import type { Deployment, ReplicaSet } from "../../kube/types.gen.ts"
import { desiredReplicas, maxReplicas } from "./annotations.ts"
import { rolloutLimits } from "./limits.ts"

/** The size that a ReplicaSet should have, be it the present one. */
export interface Scaling {
  readonly set: ReplicaSet
  readonly replicas: number
}

export const wanted = (set: ReplicaSet): number => set.spec?.replicas ?? 1
export const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0
export const total = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((sum, set) => sum + count(set), 0)
export const active = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((set) => wanted(set) > 0)

/** Oldest first; the name decides between those of one second. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const age = (set: ReplicaSet): string => `${set.metadata.creationTimestamp ?? ""} ${set.metadata.name ?? ""}`
  return age(a) < age(b) ? -1 : 1
}

/** The size of a new ReplicaSet, or of the present one on its way up: as much as the surge allows. */
export function newSetSize(deployment: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): number {
  const replicas = deployment.spec?.replicas ?? 1
  const present = newSet === undefined ? 0 : wanted(newSet)
  if (deployment.spec?.strategy?.type === "Recreate") return replicas
  const room = replicas + rolloutLimits(deployment).maxSurge - total(all, wanted)
  return room <= 0 ? present : present + Math.min(room, replicas - present)
}

/**
 * The next step of a rolling update: grow the new ReplicaSet, or, when that is done for now, shrink the old ones. Empty
 * when there is nothing to do until pods become available or the Deployment changes.
 */
export function planRollingUpdate(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const replicas = deployment.spec?.replicas ?? 1
  const growth = wanted(newSet) > replicas ? replicas : newSetSize(deployment, [newSet, ...oldSets], newSet)
  if (growth !== wanted(newSet)) return [{ set: newSet, replicas: growth }]
  return shrinkOld(deployment, newSet, oldSets)
}

/** Of a Deployment that replaces all at once: the old ones go before anything else. */
export function planRecreate(oldSets: readonly ReplicaSet[]): Scaling[] {
  return active(oldSets).map((set) => ({ set, replicas: 0 }))
}

/** Of pods that are to go some may still be counted as available: they no longer are what one can rely on. */
const reliable = (set: ReplicaSet): number => Math.min(available(set), wanted(set))

function shrinkOld(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Scaling[] {
  const present = total(oldSets, wanted)
  if (present === 0) return []
  const minAvailable = (deployment.spec?.replicas ?? 1) - rolloutLimits(deployment).maxUnavailable
  const newUnavailable = wanted(newSet) - reliable(newSet)
  const spare = present + wanted(newSet) - minAvailable - newUnavailable
  if (spare <= 0) return []
  const sizes = new Map(oldSets.map((set) => [set, wanted(set)]))
  const oldestFirst = [...oldSets].sort(byAge)
  const take = (budget: number, takeable: (set: ReplicaSet) => number): void => {
    let left = budget
    for (const set of oldestFirst) {
      const taken = Math.max(0, Math.min(left, takeable(set)))
      sizes.set(set, (sizes.get(set) ?? 0) - taken)
      left -= taken
    }
  }
  // First those that serve nobody, then as many of the others as may be missing.
  take(spare, (set) => wanted(set) - reliable(set))
  take(total([newSet, ...oldSets], reliable) - minAvailable, (set) => sizes.get(set) ?? 0)
  return oldestFirst
    .map((set) => ({ set, replicas: sizes.get(set) ?? 0 }))
    .filter(({ set, replicas }) => replicas !== wanted(set))
}

/** Somebody changed the Deployment's size since its ReplicaSets were sized for it. */
export function isScaling(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return active(all).some((set) => {
    const desired = desiredReplicas(set)
    return desired !== undefined && desired !== (deployment.spec?.replicas ?? 1)
  })
}

/**
 * Follows a change of size without moving a rollout on. In the middle of one, each ReplicaSet gets its share, so that
 * the risk stays as it was.
 */
export function planScaling(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const replicas = deployment.spec?.replicas ?? 1
  const all = newSet === undefined ? [...oldSets] : [...oldSets, newSet]
  const running = active(all)
  const latest = newSet ?? [...oldSets].sort(byAge).at(-1)
  const single = running.length === 1 ? running[0] : running.length === 0 ? latest : undefined
  if (single !== undefined) return [{ set: single, replicas }]
  if (newSet !== undefined && isSaturated(replicas, newSet)) return planRecreate(oldSets)
  if (deployment.spec?.strategy?.type === "Recreate") return []
  const allowed = replicas > 0 ? replicas + rolloutLimits(deployment).maxSurge : 0
  return shares(running, allowed)
}

function isSaturated(replicas: number, set: ReplicaSet): boolean {
  return wanted(set) === replicas && desiredReplicas(set) === replicas && available(set) === replicas
}

/** Spreads a change of the sum over the ReplicaSets by their sizes; the largest takes what rounding leaves. */
function shares(sets: readonly ReplicaSet[], allowed: number): Scaling[] {
  const toAdd = allowed - total(sets, wanted)
  const order = [...sets].sort((a, b) => wanted(b) - wanted(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)))
  let left = toAdd
  const scaled = order.map((set) => {
    const share = left === 0 ? 0 : shareOf(set, allowed, toAdd, left)
    left -= share
    return { set, replicas: wanted(set) + share }
  })
  const [largest, ...others] = scaled
  if (largest === undefined) return []
  return [{ set: largest.set, replicas: Math.max(0, largest.replicas + left) }, ...others]
}

function shareOf(set: ReplicaSet, allowed: number, toAdd: number, left: number): number {
  const base = maxReplicas(set) ?? allowed
  const grown = base === 0 ? wanted(set) : Math.round((wanted(set) * allowed) / base)
  const share = grown - wanted(set)
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left)
}
