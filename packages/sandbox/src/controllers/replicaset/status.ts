import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../kube/types.gen.ts"
import { availableAt, isActive, isReady, isTerminating, selects } from "../pods/index.ts"
import { timestamp } from "../runtime/index.ts"

export interface Failure {
  readonly reason: "FailedCreate" | "FailedDelete"
  readonly message: string
}

/** The status that a ReplicaSet's pods give it. `now` in epoch milliseconds. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: Failure | undefined,
  now: number,
): ReplicaSetStatus {
  const active = pods.filter(isActive)
  const template = set.spec?.template?.metadata?.labels ?? {}
  const minReadySeconds = set.spec?.minReadySeconds ?? 0
  const conditions = conditionsAfter(set.status?.conditions ?? [], failure, now)
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => selects({ matchLabels: template }, pod.metadata.labels)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => (availableAt(pod, minReadySeconds) ?? Infinity) <= now).length,
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  }
}

/** When a ready pod will count as available, in epoch milliseconds; undefined if none is waited for. */
export function nextAvailability(set: ReplicaSet, pods: readonly Pod[], now: number): number | undefined {
  const later = pods
    .filter(isActive)
    .map((pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0))
    .filter((at) => at !== undefined && at > now)
  return later.length === 0 ? undefined : Math.min(...later.map(Number))
}

function conditionsAfter(
  present: readonly ReplicaSetCondition[],
  failure: Failure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const others = present.filter(({ type }) => type !== "ReplicaFailure")
  if (failure === undefined) return others
  const before = present.find(({ type }) => type === "ReplicaFailure")
  if (before?.reason === failure.reason) return [...present]
  const lastTransitionTime = timestamp(new Date(now))
  return [...others, { type: "ReplicaFailure", status: "True", ...failure, lastTransitionTime }]
}
