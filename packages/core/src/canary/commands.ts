import type { CommitMessage, Edit } from "../edit/edit.ts"
import { sameImage, withoutDigest } from "../image/index.ts"
import { edit, podCount, undrained } from "./act.ts"
import { stepAt } from "./begin.ts"
import { spelledLike, type Change, type Note } from "./change.ts"
import { abortable, type Delivery } from "./delivery.ts"
import { promotion } from "./promote.ts"
import { rejectedAs } from "./roll-back.ts"
import { capacityFor, type Situation } from "./situation.ts"

export type CanaryVerb = "pause" | "resume" | "promote" | "abort" | "retry" | "set-weight" | "adopt" | "clear-rejected"

export interface CanaryCommand {
  readonly verb: CanaryVerb
  /** `user alice`, for the commit. */
  readonly cause: string
  readonly author?: CommitMessage["author"]
  readonly reason?: string
  readonly weight?: number
  readonly tag?: string
}

export type CommandResult =
  | { readonly kind: "edit"; readonly message: string; readonly edit: Edit }
  /** Weight 0 in the cluster first, as for a breach; the commit follows. */
  | { readonly kind: "protect"; readonly message: string; readonly reason: string; readonly by: string }
  /** A sentence with what can be done instead. */
  | { readonly kind: "refused"; readonly reason: string }

interface Planned {
  readonly change: Change
  readonly subject: string
  readonly message: string
}

const refused = (reason: string): CommandResult => ({ kind: "refused", reason })

/** What a person's command means in this situation. Commands, the web page and edits by hand end in the same state. */
export function command(situation: Situation, wish: CanaryCommand): CommandResult {
  const { delivery } = situation.rollout
  if (delivery === undefined) return refused("Serin has not adopted this canary yet; wait a moment and try again.")
  if (delivery.owner !== situation.cluster && wish.verb !== "adopt")
    return refused(`Cluster ${delivery.owner} steers this canary; \`serin canary adopt\` takes over.`)
  if (wish.verb === "abort") return abort(situation, delivery, wish)
  const planned = plan(situation, delivery, wish)
  if (typeof planned === "string") return refused(planned)
  const note: Note = {
    kind: wish.verb === "set-weight" ? "step" : wish.verb,
    subject: planned.subject,
    reason: wish.reason ?? `${planned.message} (${wish.cause}).`,
    cause: wish.cause,
    ...(wish.author !== undefined && { author: wish.author }),
  }
  const decision = edit(situation, planned.change, note)
  return decision.kind === "edit"
    ? { kind: "edit", message: `${planned.message}.`, edit: decision.edit }
    : refused(decision.reason)
}

function plan(situation: Situation, delivery: Delivery, wish: CanaryCommand): Planned | string {
  const { name } = situation.rollout.ref
  switch (wish.verb) {
    case "pause":
      return pause(situation, delivery, wish)
    case "resume":
      return resume(situation, delivery)
    case "promote":
      return promoteNow(situation, delivery)
    case "retry":
      return retry(situation, delivery)
    case "set-weight":
      return setWeight(situation, delivery, wish)
    case "adopt":
      return {
        change: { ...asItIs(delivery), owner: situation.cluster },
        subject: `Steer ${name} from ${situation.cluster}`,
        message: `Cluster ${situation.cluster} steers ${name} now`,
      }
    case "clear-rejected":
      return clearRejected(situation, delivery, wish.tag)
    case "abort":
      return "An abort is not an edit."
  }
}

function asItIs(delivery: Delivery): Pick<Change, "phase" | "hold"> {
  return { phase: delivery.phase, ...(delivery.hold !== undefined && { hold: delivery.hold }) }
}

function abort(situation: Situation, delivery: Delivery, wish: CanaryCommand): CommandResult {
  const revision = withoutDigest(delivery.revision)
  if (!abortable.has(delivery.phase))
    return refused(
      delivery.phase === "Promoting"
        ? `${revision} is being promoted already; let it end and roll back to an earlier commit.`
        : `There is nothing to abort: the canary is ${delivery.phase}.`,
    )
  const why = wish.reason === undefined ? "" : `: ${wish.reason}`
  return {
    kind: "protect",
    message: `${revision} is being rolled back.`,
    reason: `aborted by ${wish.cause}${why}`,
    by: wish.cause,
  }
}

function pause({ rollout }: Situation, delivery: Delivery, wish: CanaryCommand): Planned | string {
  const { name } = rollout.ref
  if (delivery.hold?.by === "person") return `${name} is paused already.`
  if (!abortable.has(delivery.phase) && delivery.phase !== "Promoting")
    return `There is nothing to pause: the canary is ${delivery.phase}.`
  const why = wish.reason === undefined ? "" : ` (${wish.reason})`
  return {
    change: {
      phase: "Paused",
      hold: { by: "person", reason: `by ${wish.cause}${why}; \`serin canary resume\` goes on.` },
    },
    subject: `Pause ${name} at ${rollout.percent} %`,
    message: `${name} is paused at ${rollout.percent} %`,
  }
}

function resume(situation: Situation, delivery: Delivery): Planned | string {
  const { rollout } = situation
  const { name } = rollout.ref
  if (delivery.phase !== "Paused") return `${name} is not paused but ${delivery.phase}.`
  const image = rollout.canary.container.image
  const entry = rejectedAs(image, situation.canaryDigest, delivery.rejected)
  if (entry !== undefined)
    return `${withoutDigest(image)} was rejected (${entry.why}); \`serin canary retry\` tries it again, \`serin canary abort\` gives it up.`
  if (delivery.hold?.by === "promote") return promoteNow(situation, delivery)
  const subject = `Resume ${name} at ${rollout.percent} %`
  const message = `${name} goes on at ${rollout.percent} %`
  // Both sides have the image: what is left of the delivery is to give the traffic back.
  if (sameImage(image, rollout.stable.container.image)) return { change: { phase: "Promoting" }, subject, message }
  if (rollout.percent === 0) return { change: { phase: "Waiting", step: 0 }, subject, message }
  return { change: { phase: "Progressing", step: stepAt(rollout, rollout.percent) }, subject, message }
}

function promoteNow(situation: Situation, delivery: Delivery): Planned | string {
  const { rollout, live } = situation
  const revision = withoutDigest(delivery.revision)
  if (!abortable.has(delivery.phase)) return `There is nothing to promote: the canary is ${delivery.phase}.`
  const entry = rejectedAs(delivery.revision, situation.canaryDigest, delivery.rejected)
  if (entry !== undefined) return `${revision} was rejected (${entry.why}); \`serin canary retry\` tries it again.`
  const need = Math.max(1, capacityFor(100, delivery.replicas.stable))
  const ready = live.canary?.ready ?? 0
  if (ready < need)
    return `All traffic needs ${podCount(need)} of ${rollout.spec.canary.deployment}, and ${ready} are ready; scale it first.`
  if (rollout.percent === 100) {
    const wait = undrained(situation, "stable")
    if (wait !== undefined) return `${wait.reason} Try again in a few seconds.`
    return {
      change: promotion(situation, delivery),
      subject: `Promote ${revision} to ${rollout.spec.stable.deployment}`,
      message: `${revision} is being promoted`,
    }
  }
  return {
    change: { phase: "Progressing", percent: 100, step: rollout.spec.steps.length },
    subject: `Shift ${rollout.ref.name} to 100 % of ${revision}`,
    message: `${revision} gets all traffic; it is promoted after good checks`,
  }
}

function retry(situation: Situation, delivery: Delivery): Planned | string {
  const { rollout } = situation
  const { ref, spec, canary } = rollout
  const revision = withoutDigest(delivery.revision)
  const entry = rejectedAs(delivery.revision, undefined, delivery.rejected)
  if (entry === undefined || (delivery.phase !== "Failed" && delivery.phase !== "Paused"))
    return `There is nothing to retry: ${revision} was not rolled back.`
  const need = capacityFor(spec.steps[0]?.weight ?? 100, delivery.replicas.stable)
  return {
    change: {
      phase: "Waiting",
      step: 0,
      begins: true,
      percent: 0,
      canaryImage: spelledLike(canary.container.image, delivery.revision),
      canaryReplicas: Math.max(canary.replicas ?? 0, delivery.replicas.canary, need),
      rejected: delivery.rejected.filter((one) => one !== entry),
    },
    subject: `Retry ${revision} on ${spec.canary.deployment}`,
    message: `${ref.name} tries ${revision} again`,
  }
}

function setWeight(situation: Situation, delivery: Delivery, wish: CanaryCommand): Planned | string {
  const { rollout, live } = situation
  const { weight } = wish
  const { name } = rollout.ref
  if (weight === undefined || !Number.isInteger(weight) || weight < 0 || weight > 100)
    return "A weight is a whole number from 0 to 100."
  if (delivery.phase === "Promoting" || delivery.phase === "RollingBack")
    return `${name} is ${delivery.phase}; its weights are set when that has ended.`
  const need = Math.max(1, capacityFor(weight, delivery.replicas.stable))
  const ready = live.canary?.ready ?? 0
  if (weight > 0 && ready < need)
    return `${weight} % needs ${podCount(need)} of ${rollout.spec.canary.deployment}, and ${ready} are ready.`
  const atRest = !abortable.has(delivery.phase)
  return {
    change: {
      phase: atRest ? delivery.phase : "Paused",
      ...(!atRest && {
        hold: { by: "person", reason: `${wish.cause} set the weight to ${weight} %; \`serin canary resume\` goes on.` },
      }),
      percent: weight,
      step: stepAt(rollout, weight),
    },
    subject: `Set the weight of ${name} to ${weight} %`,
    message: `${name} gets ${weight} %`,
  }
}

function clearRejected({ rollout }: Situation, delivery: Delivery, tag: string | undefined): Planned | string {
  const kept = tag === undefined ? [] : delivery.rejected.filter((one) => one.tag !== tag)
  const what = tag ?? "all rejected images"
  if (kept.length === delivery.rejected.length)
    return `${what} is not among the rejected images of ${rollout.ref.name}.`
  return {
    change: { ...asItIs(delivery), rejected: kept },
    subject: `Allow ${what} again on ${rollout.ref.name}`,
    message: `${what} may be released again`,
  }
}
