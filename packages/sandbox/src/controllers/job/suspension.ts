import type { Job, JobCondition } from "../../kube/types.gen.ts"
import { jobCondition } from "./verdict.ts"

export function isSuspended({ status }: Job): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === "Suspended" && value === "True")
}

/** The condition to write when a Job was suspended or resumed; undefined: it says so already. */
export function suspensionAfter(job: Job, now: Date): JobCondition | undefined {
  const wanted = job.spec?.suspend === true
  if (wanted === isSuspended(job)) return undefined
  return wanted
    ? jobCondition("Suspended", "JobSuspended", "Job suspended", now)
    : { ...jobCondition("Suspended", "JobResumed", "Job resumed", now), status: "False" }
}

export function withSuspension(conditions: readonly JobCondition[], suspension: JobCondition): JobCondition[] {
  return [...conditions.filter(({ type }) => type !== "Suspended"), suspension]
}
