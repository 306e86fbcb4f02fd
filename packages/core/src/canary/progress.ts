import { withoutDigest } from "../image/index.ts"
import { edit, liveSince, podCount as pods, untilLive } from "./act.ts"
import type { Change } from "./change.ts"
import type { Delivery } from "./delivery.ts"
import { describeDuration } from "./duration.ts"
import { untilOpen, untilPassed } from "./hooks/wait.ts"
import { promote } from "./promote.ts"
import { rollBack } from "./roll-back.ts"
import type { Step } from "./spec.ts"
import { capacityFor, isDeserted, type Decision, type Situation } from "./situation.ts"
import { tally, type Tally } from "./tally.ts"
import { shareOf } from "./split.ts"
import { describeBreach, type Check } from "./verdict.ts"
import { nextDue } from "./windows.ts"

/** The canary's pods are not there yet, or were lost for a while: no share until they are ready. */
export function waitForCanary(situation: Situation, delivery: Delivery, now: number): Decision {
  const pending = untilLive(situation, delivery)
  if (pending !== undefined) return pending
  const { rollout, live } = situation
  const { spec } = rollout
  const workload = live.canary
  const name = spec.canary.deployment
  const deadline = liveSince(situation) + (workload?.progressDeadlineMs ?? 600_000)
  const index = Math.max(0, delivery.step - 1)
  const step = spec.steps[index]
  const need = Math.max(1, capacityFor(step?.weight ?? 100, delivery.replicas.stable))
  const ready = workload?.ready ?? 0
  // A delivery that had weight already, and lost its pods, needs no second permission.
  const gate = delivery.step === 0 ? untilOpen(situation, delivery, "start", now) : undefined
  if (step !== undefined && workload?.settled === true && ready >= need) {
    const held = delivery.step === 0 ? (gate ?? untilPassed(situation, delivery, now)) : undefined
    if (held?.kind === "failed") return rollBack(situation, delivery, held.why, undefined)
    return held ?? take(situation, delivery, index + 1, step)
  }
  if (workload?.failed !== undefined || now >= deadline) {
    const wanted = Math.max(need, workload?.desired ?? 0)
    const late =
      ready < wanted ? `only ${ready} of ${pods(wanted)} became ready in time` : "its rollout did not end in time"
    const why = workload?.failed ?? late
    return rollBack(situation, delivery, `${name}: ${why}`, undefined)
  }
  if (workload?.settled === true) return scaleFor(situation, delivery, step?.weight ?? 100, need, ready)
  return {
    kind: "wait",
    reason: `${withoutDigest(delivery.revision)} rolls out on ${name}: ${ready} of ${pods(workload?.desired ?? need)} ready.`,
    until: Math.min(deadline, gate?.until ?? deadline),
    ...(gate?.asks !== undefined && { asks: gate.asks }),
  }
}

/** Weight is on the canary: checks decide. */
export function progress(situation: Situation, delivery: Delivery, now: number): Decision {
  const pending = untilLive(situation, delivery)
  if (pending !== undefined) return pending
  const { rollout, live, checks } = situation
  const { spec, percent } = rollout
  const { analysis } = spec
  const counted = checks.ok ? tally(analysis, checks.list) : undefined
  const worst = counted?.bad.at(-1)
  // Also of a version whose pods are all gone: that its share goes back takes a commit, which may not come through.
  if (counted?.outcome === "breach" && worst !== undefined && !isDeserted(live))
    return { kind: "protect", reason: describeBreach(analysis, worst) }
  // Not seen is not the same as not ready.
  if (percent > 0 && live.canary?.ready === 0) return lose(situation, now)
  const retryAt = nextDue(analysis, liveSince(situation), now)
  if (!checks.ok || counted === undefined)
    return { kind: "wait", reason: `Holding at ${percent} %: ${checks.ok ? "" : checks.reason}`, until: retryAt }
  const stayed = liveSince(situation) + (spec.steps[delivery.step - 1]?.minMs ?? 0)
  if (counted.outcome === "pass" && now >= stayed) return noLaterThan(retryAt, goOn(situation, delivery, counted, now))
  if (counted.outcome === "pass") {
    const reason = `${percent} %: checks are good; this step lasts a while longer.`
    return noLaterThan(retryAt, { kind: "wait", reason, until: stayed })
  }
  return { kind: "wait", reason: describeTally(situation, counted), until: retryAt }
}

/** Whatever else is waited for, the next check is looked at when it is due: it may be the one that takes the version back. */
function noLaterThan(due: number, decision: Decision): Decision {
  if (decision.kind !== "wait" || decision.until === undefined || decision.until <= due) return decision
  return { ...decision, until: due }
}

function describeTally(situation: Situation, { good, bad, last }: Tally): string {
  const { analysis } = situation.rollout.spec
  const head = `${situation.rollout.percent} %: ${good} of ${analysis.passes} checks good`
  if (last === undefined) return `${head}; the first one follows after the warm-up.`
  if (last.verdict === "good") return bad.length === 0 ? `${head}.` : `${head}, ${bad.length} bad.`
  if (last.verdict === "not-shown") return `${head}; ${describeSplit(situation, last)}`
  const what = describeBreach(analysis, last)
  if (last.verdict === "no-data") return `${head}; the last one had ${what}, so the weight is held.`
  return `${head}; the last one was bad: ${what}; ${analysis.failures} bad ones roll back (${bad.length} so far).`
}

/** The API has the weight, and proxies do something else: nobody knows yet how the version does at it. */
function describeSplit({ rollout }: Situation, { split }: Check): string {
  const { percent, spec } = rollout
  const share = Number(((split && shareOf(split)) ?? 0).toFixed(1))
  return `the cluster has weight ${percent}, but proxies still send ${share} % of the requests to ${spec.canary.deployment}; the weight is held until they follow. Look whether istiod runs and reaches them; \`analysis.split: ignore\` is for sides that get most requests past the route.`
}

/** The step has passed: the next one, or the promotion. */
function goOn(situation: Situation, delivery: Delivery, counted: Tally, now: number): Decision {
  const { rollout, live } = situation
  const index = rollout.spec.steps.findIndex((step) => step.weight > rollout.percent)
  const step = rollout.spec.steps[index]
  if (step === undefined) return promote(situation, delivery, now)
  const need = capacityFor(step.weight, delivery.replicas.stable)
  const ready = live.canary?.ready ?? 0
  if (ready < need) return scaleFor(situation, delivery, step.weight, need, ready)
  return take(situation, delivery, index + 1, step, counted)
}

/** More pods on the canary before more weight. */
function scaleFor(situation: Situation, delivery: Delivery, weight: number, need: number, ready: number): Decision {
  const { rollout } = situation
  const name = rollout.spec.canary.deployment
  const stated = rollout.canary.replicas
  const reason = `${weight} % needs ${pods(need)} of ${name}, and ${ready} ${ready === 1 ? "is" : "are"} ready.`
  if (stated === undefined)
    return { kind: "wait", reason: `${reason} Git states no replicas, so whoever scales it has to.` }
  if (stated >= need) return { kind: "wait", reason }
  const change: Change = { phase: delivery.phase, canaryReplicas: need }
  return edit(situation, change, { kind: "scale", subject: `Scale ${name} to ${need}`, reason })
}

function take(situation: Situation, delivery: Delivery, number: number, step: Step, counted?: Tally): Decision {
  const { rollout } = situation
  const { spec } = rollout
  const revision = withoutDigest(delivery.revision)
  const next = spec.steps[number]?.weight ?? step.weight
  const checks =
    counted === undefined
      ? "its pods are ready"
      : `${counted.good} good checks at ${rollout.percent} %${numbersOf(counted)}`
  const change: Change = {
    phase: step.pause ? "Paused" : "Progressing",
    ...(step.pause && {
      hold: { by: "step", reason: `the step at ${step.weight} % waits for a person: \`serin canary resume\`.` },
    }),
    step: number,
    percent: step.weight,
    // The pods of the next step start now, so that it need not wait for them.
    canaryReplicas: Math.max(rollout.canary.replicas ?? 0, capacityFor(next, delivery.replicas.stable)),
  }
  const duration = step.minMs > 0 ? ` for at least ${describeDuration(step.minMs)}` : ""
  return edit(situation, change, {
    kind: "step",
    subject: `Shift ${rollout.ref.name} to ${step.weight} % of ${revision}`,
    reason: `${revision} gets ${step.weight} %${duration}: ${checks}.`,
    ...(counted !== undefined && { numbers: measuredIn(counted) }),
  })
}

function measuredIn({ last }: Tally): [string, number][] {
  return (last?.metrics ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, Number(value.toFixed(2))] satisfies [string, number]],
  )
}

function numbersOf(counted: Tally): string {
  const limits = new Map((counted.last?.metrics ?? []).map(({ name, limit }) => [name, limit]))
  const numbers = measuredIn(counted).map(([name, value]) => `${name} ${value}, limit ${limits.get(name) ?? ""}`)
  return numbers.length === 0 ? "" : ` (${numbers.join("; ")})`
}

/** No pod of the canary is ready: its share goes back until they are, if there is anybody who can take it. */
function lose(situation: Situation, now: number): Decision {
  const { rollout, live } = situation
  if (isDeserted(live)) {
    const { stable, canary } = rollout.spec
    const reason = `No pod of ${canary.deployment} is ready, nor of ${stable.deployment}, which could take its share: the weights stay until pods are ready. Look at the nodes.`
    // Looked at often enough that each interval has a moment in it that tells of this.
    return { kind: "wait", reason, until: now + rollout.spec.analysis.intervalMs / 2 }
  }
  const name = rollout.spec.canary.deployment
  const change: Change = { phase: "Waiting", percent: 0 }
  const reason = `No pod of ${name} is ready; its ${rollout.percent} % go back until one is.`
  return edit(situation, change, { kind: "hold", subject: `Hold ${rollout.ref.name} at 0 %`, reason }, true)
}
