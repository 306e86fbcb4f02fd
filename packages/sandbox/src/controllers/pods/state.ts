import type { KubeObject } from "../../kube/index.ts"
import type { Pod, PodCondition } from "../../kube/types.gen.ts"

// What controllers ask of a pod's status; all of it reads what the kubelet has written.

export function condition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((one) => one.type === type)
}

export function isReady(pod: Pod): boolean {
  return condition(pod, "Ready")?.status === "True"
}

/** When a ready pod has been so for `minReadySeconds`, in epoch milliseconds; undefined for one that is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = condition(pod, "Ready")
  if (ready?.status !== "True") return undefined
  if (minReadySeconds === 0) return 0
  return ready.lastTransitionTime === undefined
    ? undefined
    : Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000
}

/** It has ended or is on its way out: a controller that wants a running pod needs another one. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed"
}

export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod)
}
