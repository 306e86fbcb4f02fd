import { isDeepStrictEqual } from "node:util"
import type { KubeClient } from "../../kube/index.ts"
import type { Job, JobStatus, Pod } from "../../kube/types.gen.ts"
import type { EventRecorder } from "../events/index.ts"
import { claim, podFromTemplate } from "../pods/index.ts"
import {
  controllerOf,
  itself,
  missing,
  present,
  refs,
  splitKey,
  startController,
  timestamp,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { isTracked, tally, TRACKING, type Tally } from "./counting.ts"
import { retryDelay } from "./retry.ts"
import { isSuspended, suspensionAfter, withSuspension } from "./suspension.ts"
import { deadline, isEnded, jobCondition, verdict, wantedActive, type Verdict } from "./verdict.ts"

/** Runs pods to their end, as many as each Job asks for. */
export function startJobs(context: Context): Controller {
  const events = context.recorder("job-controller")
  return startController(
    "job",
    context,
    [
      { ref: refs.jobs, keys: itself },
      { ref: refs.pods, keys: controllerOf("Job") },
    ],
    (key) => reconcile(key, context, events),
  )
}

async function reconcile(key: string, { client, clock }: Context, events: EventRecorder): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const job = await present(client.get<Job>(refs.jobs, name, namespace))
  if (job === undefined) return undefined
  const pods = await claim<Pod>(client, job, job.spec?.selector, refs.pods)
  const now = clock()
  if (isEnded(job)) {
    for (const pod of pods.filter(isTracked)) await untrack(client, pod)
    return collectEnded(client, job, now)
  }
  const counts = tally(job, pods)
  const end = verdict(job, counts, now.getTime())
  const suspended = job.spec?.suspend === true
  const status = nextStatus(job, counts, end, now)
  const stored = isDeepStrictEqual(status, { ...job.status })
    ? job
    : await client.update<Job>(refs.jobs, { ...job, status }, "status")
  // What is stored as uncounted may now lose its finalizer; the pods' changes bring the Job back here to count them.
  for (const pod of counts.tracked) await untrack(client, pod)
  tellSuspension(job, stored, events)
  if (isEnded(stored)) tellEnd(stored, end, events)
  if (job.metadata.deletionTimestamp !== undefined || isEnded(stored)) return undefined
  const { activeDeadlineSeconds } = job.spec ?? {}
  const due = activeDeadlineSeconds === undefined ? Infinity : deadline(stored, activeDeadlineSeconds) - now.getTime()
  const delay = end === undefined && !suspended ? retryDelay(pods, counts.failed, now.getTime()) : 0
  if (delay > 0) return { afterMs: Math.min(delay, Math.max(0, due)) }
  await meet(client, stored, counts, end === undefined ? wantedActive(job, counts) : 0, events)
  return Number.isFinite(due) ? { afterMs: Math.max(0, due) } : undefined
}

function nextStatus(job: Job, counts: Tally, end: Verdict | undefined, now: Date): JobStatus {
  const { succeeded, failed, uncounted, active, ready, terminating } = counts
  const { status: before = {}, spec } = job
  const time = timestamp(now)
  const pending = uncounted.succeeded.length + uncounted.failed.length + active.length + terminating
  // The end is told in two steps: decided now, and reached when the last pod is gone and counted.
  const decided = end?.type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget"
  const conditions = [...(before.conditions ?? [])]
  if (end !== undefined && !conditions.some(({ type }) => type === decided)) {
    conditions.push(jobCondition(decided, end.reason, end.message, now))
  }
  if (end !== undefined && pending === 0) conditions.push(jobCondition(end.type, end.reason, end.message, now))
  const suspension = suspensionAfter(job, now)
  if (suspension !== undefined) conditions.splice(0, conditions.length, ...withSuspension(conditions, suspension))
  // Time does not run for a suspended Job: it starts anew when it is resumed.
  const startTime = spec?.suspend === true ? undefined : (before.startTime ?? time)
  return {
    ...(startTime !== undefined && { startTime }),
    ...(active.length > 0 && { active: active.length }),
    ready,
    terminating,
    ...(succeeded > 0 && { succeeded }),
    ...(failed > 0 && { failed }),
    ...(conditions.length > 0 && { conditions }),
    ...(end?.type === "Complete" && pending === 0 && { completionTime: time }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 && { succeeded: [...uncounted.succeeded] }),
      ...(uncounted.failed.length > 0 && { failed: [...uncounted.failed] }),
    },
  }
}

async function meet(
  client: KubeClient,
  job: Job,
  { active }: Tally,
  wanted: number,
  events: EventRecorder,
): Promise<void> {
  for (let count = active.length; count < wanted; count += 1) {
    const template = job.spec?.template ?? {}
    const pod = podFromTemplate(job, { ...template, metadata: { ...template.metadata, finalizers: [TRACKING] } })
    const made = await client.create(refs.pods, pod)
    events.record(job, "Normal", "SuccessfulCreate", `Created pod: ${made.metadata.name ?? ""}`)
  }
  for (const pod of active.slice(wanted)) {
    const { name = "", namespace } = pod.metadata
    await missing(client.delete(refs.pods, name, namespace))
    events.record(job, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`)
  }
}

function tellSuspension(before: Job, after: Job, events: EventRecorder): void {
  const [was, is] = [isSuspended(before), isSuspended(after)]
  if (is && !was) events.record(after, "Normal", "Suspended", "Job suspended")
  if (was && !is) events.record(after, "Normal", "Resumed", "Job resumed")
}

function tellEnd(job: Job, end: Verdict | undefined, events: EventRecorder): void {
  if (end?.type === "Complete") events.record(job, "Normal", "Completed", "Job completed")
  else if (end !== undefined) events.record(job, "Warning", end.reason, end.message)
}

async function untrack(client: KubeClient, pod: Pod): Promise<void> {
  const { name = "", namespace, uid, finalizers = [] } = pod.metadata
  const left = finalizers.filter((finalizer) => finalizer !== TRACKING)
  await missing(client.patch(refs.pods, name, namespace, "merge", { metadata: { uid, finalizers: left } }))
}

/** A Job with a time to live goes that long after its end, its pods first. */
async function collectEnded(client: KubeClient, job: Job, now: Date): Promise<Outcome> {
  const { ttlSecondsAfterFinished: ttl } = job.spec ?? {}
  if (ttl === undefined || job.metadata.deletionTimestamp !== undefined) return undefined
  const ended = job.status?.conditions?.find(({ type }) => type === "Complete" || type === "Failed")?.lastTransitionTime
  const left = Date.parse(ended ?? "") + ttl * 1000 - now.getTime()
  if (left > 0) return { afterMs: left }
  const { name = "", namespace, uid = "" } = job.metadata
  const options = { propagationPolicy: "Foreground", preconditions: { uid } } as const
  await missing(client.delete(refs.jobs, name, namespace, options))
  return undefined
}
