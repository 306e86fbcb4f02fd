import type { DeploymentCondition } from "../../kube/types.gen.ts"
import { timestamp } from "../runtime/index.ts"

export type ConditionType = "Available" | "Progressing" | "ReplicaFailure"

export function findCondition(
  conditions: readonly DeploymentCondition[],
  type: ConditionType,
): DeploymentCondition | undefined {
  return conditions.find((one) => one.type === type)
}

export function withoutCondition(
  conditions: readonly DeploymentCondition[],
  type: ConditionType,
): DeploymentCondition[] {
  return conditions.filter((one) => one.type !== type)
}

/**
 * Sets a condition unless it says the same already (status and reason): then nothing changes, neither time nor message.
 * The time of the last transition moves with the status only.
 */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  type: ConditionType,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
  now: Date,
): DeploymentCondition[] {
  const before = findCondition(conditions, type)
  if (before?.status === status && before.reason === reason) return [...conditions]
  const time = timestamp(now)
  const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? time) : time
  const condition = { type, status, reason, message, lastTransitionTime, lastUpdateTime: time }
  return [...withoutCondition(conditions, type), condition]
}
