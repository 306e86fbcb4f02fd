import type { Job, JobCondition, Pod } from "../../kube/types.gen.ts"
import type { Tally } from "./counting.ts"
import { timestamp } from "../runtime/index.ts"

/** Reason and message of a Job's end. */
export interface Verdict {
  readonly type: "Complete" | "Failed"
  readonly reason: string
  readonly message: string
}

/** Whether a Job has come to its end, given its pods' ends (those not yet counted included). `now` in epoch ms. */
export function verdict(job: Job, { active, succeeded, failed, uncounted }: Tally, now: number): Verdict | undefined {
  const { backoffLimit = 6, activeDeadlineSeconds, completions } = job.spec ?? {}
  const failures = failed + uncounted.failed.length
  const successes = succeeded + uncounted.succeeded.length
  if (failures + restarts(job, active) > backoffLimit) {
    return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" }
  }
  if (activeDeadlineSeconds !== undefined && now >= deadline(job, activeDeadlineSeconds)) {
    return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" }
  }
  const enough = completions === undefined ? successes > 0 && active.length === 0 : successes >= completions
  if (!enough) return undefined
  return { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
}

/** When the Job is overdue, in epoch milliseconds. */
export function deadline({ status }: Job, seconds: number): number {
  return status?.startTime === undefined ? Infinity : Date.parse(status.startTime) + seconds * 1000
}

/** How many pods should run now. */
export function wantedActive({ spec }: Job, { active, succeeded, uncounted }: Tally): number {
  const { parallelism = 1, completions, suspend = false } = spec ?? {}
  if (suspend) return 0
  const successes = succeeded + uncounted.succeeded.length
  if (completions === undefined) return successes > 0 ? Math.min(active.length, parallelism) : parallelism
  return Math.min(parallelism, Math.max(0, completions - successes))
}

export function isEnded({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    (condition) => (condition.type === "Complete" || condition.type === "Failed") && condition.status === "True",
  )
}

export function jobCondition(type: string, reason: string, message: string, now: Date): JobCondition {
  const time = timestamp(now)
  return { type, status: "True", reason, message, lastProbeTime: time, lastTransitionTime: time }
}

/** With `restartPolicy: OnFailure` the kubelet starts a failed container again in the same pod. */
function restarts({ spec }: Job, active: readonly Pod[]): number {
  if (spec?.template.spec?.restartPolicy !== "OnFailure") return 0
  return active
    .flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])])
    .reduce((sum, container) => sum + container.restartCount, 0)
}
