import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../kube/types.gen.ts"
import { findCondition, withCondition, withoutCondition } from "./conditions.ts"
import { rolloutLimits } from "./limits.ts"
import { available, total, wanted } from "./plan.ts"

/** As the API has it for "no deadline". */
export const NO_DEADLINE = 2 ** 31 - 1

/** Counts and the condition Available, from the ReplicaSets; other conditions are carried over. */
export function deploymentStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: Date,
): DeploymentStatus {
  const isAvailable = total(all, available)
  const enough = isAvailable >= (deployment.spec?.replicas ?? 1) - rolloutLimits(deployment).maxUnavailable
  const { collisionCount, conditions = [] } = deployment.status ?? {}
  const [status, reason, message] = enough
    ? (["True", "MinimumReplicasAvailable", "Deployment has minimum availability."] as const)
    : (["False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."] as const)
  return withoutZeros({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: total(all, (set) => set.status?.replicas ?? 0),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: total(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: isAvailable,
    unavailableReplicas: Math.max(0, total(all, wanted) - isAvailable),
    terminatingReplicas: total(all, (set) => set.status?.terminatingReplicas ?? 0),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, "Available", status, reason, message, now),
  })
}

/** The status with what it says of the rollout's progress: complete, progressing, or stuck past its deadline. */
export function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: Date,
): DeploymentStatus {
  const conditions = progressConditions(deployment, status, newSet, now)
  return { ...status, conditions: withFailure(conditions, all, now) }
}

function progressConditions(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  now: Date,
): DeploymentCondition[] {
  const conditions = status.conditions ?? []
  const deadline = deadlineSeconds(deployment)
  const before = findCondition(conditions, "Progressing")
  const rolledOut = (status.replicas ?? 0) === (status.updatedReplicas ?? 0)
  const subject = newSet === undefined ? `Deployment "${name(deployment)}"` : `ReplicaSet "${name(newSet)}"`
  if (deadline === NO_DEADLINE) return withoutCondition(conditions, "Progressing")
  // Once rolled out, a pod that fails later does not make it a rollout again.
  if (rolledOut && before?.reason === "NewReplicaSetAvailable") return conditions
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(conditions, "Progressing", "True", "NewReplicaSetAvailable", message, now)
  }
  if (isProgressing(deployment, status)) return progressed(conditions, `${subject} is progressing.`, now)
  if (!isTimedOut(before, deadline, now)) return conditions
  const message = `${subject} has timed out progressing.`
  return withCondition(conditions, "Progressing", "False", "ProgressDeadlineExceeded", message, now)
}

/** All wanted pods are of the new ReplicaSet and available, and none of an old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = deployment.spec?.replicas ?? 1
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

/** Milliseconds until the rollout is overdue; undefined when it is complete, overdue or has no deadline. */
export function untilDeadline(deployment: Deployment, status: DeploymentStatus, now: Date): number | undefined {
  const deadline = deadlineSeconds(deployment)
  const progressing = findCondition(status.conditions ?? [], "Progressing")
  if (deadline === NO_DEADLINE || progressing === undefined || isComplete(deployment, status)) return undefined
  if (progressing.reason === "ProgressDeadlineExceeded" || progressing.reason === "NewReplicaSetAvailable") {
    return undefined
  }
  // A second more, because times in the API are whole seconds.
  return Math.max(0, Date.parse(progressing.lastUpdateTime ?? "") + (deadline + 1) * 1000 - now.getTime())
}

export function deadlineSeconds({ spec }: Deployment): number {
  return spec?.progressDeadlineSeconds ?? NO_DEADLINE
}

function isProgressing({ status: before = {} }: Deployment, after: DeploymentStatus): boolean {
  const updated = (status: DeploymentStatus): number => status.updatedReplicas ?? 0
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - updated(status)
  return (
    updated(after) > updated(before) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/** Unlike other conditions this one is written anew with each step, so that the deadline counts from the last one. */
function progressed(conditions: readonly DeploymentCondition[], message: string, now: Date): DeploymentCondition[] {
  const before = findCondition(conditions, "Progressing")
  const kept = before?.status === "True" ? before.lastTransitionTime : undefined
  const [fresh] = withCondition([], "Progressing", "True", "ReplicaSetUpdated", message, now)
  const others = withoutCondition(conditions, "Progressing")
  return fresh === undefined
    ? others
    : [...others, { ...fresh, ...(kept !== undefined && { lastTransitionTime: kept }) }]
}

function isTimedOut(progressing: DeploymentCondition | undefined, deadline: number, now: Date): boolean {
  if (progressing === undefined || progressing.reason === "NewReplicaSetAvailable") return false
  if (progressing.reason === "ProgressDeadlineExceeded") return true
  return Date.parse(progressing.lastUpdateTime ?? "") + deadline * 1000 < now.getTime()
}

function withFailure(
  conditions: readonly DeploymentCondition[],
  all: readonly ReplicaSet[],
  now: Date,
): DeploymentCondition[] {
  const failure = all
    .flatMap((set) => set.status?.conditions ?? [])
    .find(({ type, status }) => type === "ReplicaFailure" && status === "True")
  if (failure === undefined) return withoutCondition(conditions, "ReplicaFailure")
  return withCondition(conditions, "ReplicaFailure", "True", failure.reason ?? "", failure.message ?? "", now)
}

/** The API leaves out counts of zero: with them every comparison would see a change. */
function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(
    Object.entries(status).filter(([key, value]) => value !== 0 || key === "terminatingReplicas"),
  )
}

const name = ({ metadata }: Deployment | ReplicaSet): string => metadata.name ?? ""
