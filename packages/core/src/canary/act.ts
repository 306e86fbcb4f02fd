import { editOf, type Change, type Note } from "./change.ts"
import type { Delivery } from "./delivery.ts"
import { describeDuration } from "./duration.ts"
import type { Decision, Situation } from "./situation.ts"

/** The decision to make a change, with the edit that makes it. */
export function edit(situation: Situation, change: Change, note: Note, urgent = false): Decision {
  const { rollout, status, cluster } = situation
  return {
    kind: "edit",
    reason: note.reason,
    event: note.kind,
    urgent,
    edit: editOf(rollout, change, note, { seenSeq: status.seq ?? 0, cluster }),
  }
}

/** Text of an image with the digest that the registry gives for it, where that is known. */
export function revisionOf(image: string, digest: string | undefined): string {
  return digest === undefined || image.includes("@") ? image : `${image}@${digest}`
}

/** Since when the current state is live, ms since the epoch; NaN while it is not. */
export function liveSince(situation: Situation): number {
  return Date.parse(situation.status.live?.at ?? "")
}

/** Until the cluster has taken the last commit nothing further is decided. */
export function untilLive(situation: Situation, delivery: Delivery): Decision | undefined {
  if (situation.status.live?.seq === delivery.seq) return undefined
  const { percent } = situation.rollout
  const { lagging } = situation
  return {
    kind: "wait",
    reason: `Committed (weights ${100 - percent}/${percent}, state ${delivery.seq}); waiting until the cluster has taken it${lagging === undefined ? "." : `: ${lagging}`}`,
  }
}

/** Why a side's pods may not change yet: it still gets requests, or nobody can tell. */
export function undrained(situation: Situation, side: "stable" | "canary"): Decision | undefined {
  const { traffic, rollout } = situation
  const { lagMs, drainMs } = rollout.spec.analysis
  const name = rollout.spec[side].deployment
  const until = liveSince(situation) + drainMs + lagMs
  if (traffic === undefined)
    return { kind: "wait", reason: `Waiting until ${name} is without requests; Prometheus does not answer.`, until }
  if (traffic[side] === 0) return undefined
  const still = requestCount(traffic[side])
  return {
    kind: "wait",
    reason: `Waiting until ${name} is without requests: the cluster has weight 0 for it, and proxies sent it ${still} within ${describeDuration(drainMs)}.`,
    until,
  }
}

const requestCount = (count: number): string => {
  const whole = Math.max(1, Math.round(count))
  return whole === 1 ? "1 request" : `${whole} requests`
}

export function podCount(count: number): string {
  return count === 1 ? "1 pod" : `${count} pods`
}
