import type { Job, Pod } from "../../kube/types.gen.ts"
import { isActive, isFinished, isReady, isTerminating } from "../pods/index.ts"

/** On each pod of a Job until its end is counted, so that a pod deleted early is counted all the same. */
export const TRACKING = "batch.kubernetes.io/job-tracking"

export interface Tally {
  readonly active: readonly Pod[]
  readonly ready: number
  readonly terminating: number
  readonly succeeded: number
  readonly failed: number
  /** Ended pods whose end is not in the status yet. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] }
  /** Pods that may lose the finalizer once `uncounted` is stored. */
  readonly tracked: readonly Pod[]
}

/**
 * Where a Job's pods stand. Counting an end takes three writes (its uid into the status, the finalizer off the pod, the
 * uid turned into a count), so that one that fails in between is neither lost nor counted twice.
 */
export function tally({ status = {} }: Job, pods: readonly Pod[]): Tally {
  const tracked = pods.filter((pod) => isTracked(pod) && (isFinished(pod) || isTerminating(pod)))
  const waiting = new Set(tracked.map((pod) => pod.metadata.uid ?? ""))
  const before = status.uncountedTerminatedPods ?? {}
  const done = (uids: readonly string[] = []): number => uids.filter((uid) => !waiting.has(uid)).length
  const uidsOf = (ended: readonly Pod[]): string[] => ended.map((pod) => pod.metadata.uid ?? "")
  const successes = tracked.filter((pod) => pod.status?.phase === "Succeeded")
  const failures = tracked.filter((pod) => pod.status?.phase === "Failed" || (isTerminating(pod) && !isFinished(pod)))
  const active = pods.filter(isActive)
  return {
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    succeeded: (status.succeeded ?? 0) + done(before.succeeded),
    failed: (status.failed ?? 0) + done(before.failed),
    uncounted: { succeeded: uidsOf(successes), failed: uidsOf(failures) },
    tracked,
  }
}

export function isTracked({ metadata: { finalizers = [] } }: Pod): boolean {
  return finalizers.includes(TRACKING)
}
