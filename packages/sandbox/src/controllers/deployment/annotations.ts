import type { Deployment, ReplicaSet } from "../../kube/types.gen.ts"

export const REVISION = "deployment.kubernetes.io/revision"
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"

/** Of the Deployment or the ReplicaSet alone, so never copied from one to the other. */
const own = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
])

type Annotations = Readonly<Record<string, string>>

export function revisionOf(set: ReplicaSet): number {
  return Number.parseInt(set.metadata.annotations?.[REVISION] ?? "0", 10) || 0
}

export function nextRevision(oldSets: readonly ReplicaSet[]): string {
  return String(Math.max(0, ...oldSets.map(revisionOf)) + 1)
}

/** What a ReplicaSet remembers of the Deployment's size, to tell a scaling from a rollout. */
export function sizeAnnotations(replicas: number, maxSurge: number): Annotations {
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge) }
}

export function desiredReplicas(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[DESIRED_REPLICAS]
  return text === undefined ? undefined : Number.parseInt(text, 10)
}

export function maxReplicas(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[MAX_REPLICAS]
  return text === undefined ? undefined : Number.parseInt(text, 10)
}

/**
 * A ReplicaSet's annotations as the current one of its Deployment. One that was current before, and is so again after a
 * rollback, keeps the revisions it had.
 */
export function currentAnnotations(deployment: Deployment, present: Annotations, revision: string): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !own.has(name))
  const before = present[REVISION]
  const changed = before === undefined || Number(before) < Number(revision)
  const history = [...(present[REVISION_HISTORY] ?? "").split(","), before ?? ""].filter((one) => one !== "")
  return {
    ...present,
    ...Object.fromEntries(copied),
    ...(changed && { [REVISION]: revision }),
    ...(changed && before !== undefined && { [REVISION_HISTORY]: history.join(",") }),
  }
}
