import {
  decide,
  protectOf,
  readRollout,
  standingCalls,
  tellAgainAt,
  type CanaryRef,
  type Decision,
  type DeliveryStatus,
  type HookMemory,
  type Rollout,
  type Situation,
} from "@serin/core"
import type { CanaryState } from "../api/types.ts"
import type { SerinError } from "../errors.ts"
import type { AgentParts } from "../parts.ts"
import type { ImageBook } from "../images/index.ts"
import { after, done, failed, type Outcome } from "../runtime/index.ts"
import type { LiveParts } from "./live.ts"
import { rolloutInCluster } from "./fallback.ts"
import type { HookCalls } from "./hook-calls.ts"
import { nameOf, parseKey, type CanaryKey } from "./key.ts"
import type { Measurement } from "./measure.ts"
import { observe, type Observed } from "./observe.ts"
import { pastOf, type CanaryPast } from "./past.ts"
import { protect } from "./protect.ts"
import { rememberPushed } from "./pushed.ts"
import { writeCanaryStatus, writeDeliveryStatus, type CanaryStatus } from "./status.ts"
import { unreadableView, viewOf } from "./view.ts"

export interface CanaryParts extends Pick<LiveParts, "deployments"> {
  readonly agent: AgentParts
  readonly measurement: Measurement
  readonly hookCalls: HookCalls
  readonly book: ImageBook
  /** Last look at each canary, by key. */
  readonly views: Map<string, CanaryState>
  /** Drift of weights that sync reported and no look has taken up yet, by key. */
  readonly drifts: Map<string, string[]>
  /** As of the last look, by key. */
  readonly pasts: Map<string, CanaryPast>
  readonly written: Map<string, CanaryStatus>
  /** What the cluster did not take of what it was to remember, by key: enough to watch a version by, until a restart. */
  readonly unwritten: Map<string, DeliveryStatus>
  /** What was alerted last, by key. */
  readonly alerts: Map<string, string>
}

/** How soon a waiting canary is looked at again when only time or telemetry can change the answer. */
const SOONEST_MS = 250
const POLL_MS = 1_000
const QUIET_MS = 30_000

/** Observe, decide, carry out one thing. Whatever is left to do is decided anew on the world as it is then. */
export async function reconcileCanary(text: string, parts: CanaryParts, signal: AbortSignal): Promise<Outcome> {
  const key = parseKey(text)
  const { agent, views } = parts
  // What is not listed yet would look like workloads without pods.
  if (parts.deployments.version === undefined) return after(SOONEST_MS)
  const revision = agent.repositories.head(key.repository)
  if (revision === undefined) return holdInCluster(text, key, "Git cannot be read yet.", parts, signal)
  const read = readRollout(revision.tree, key.ref)
  if (!read.ok) return holdInCluster(text, key, read.reason, parts, signal)
  const past = await pastOf(text, key, revision, read.rollout, parts)
  if (!past.ok) return holdInCluster(text, key, past.error.message, parts, signal)
  const observed = await observeKey(text, key, read.rollout, past.value, parts, signal)
  if (!observed.ok) {
    views.set(text, unreadableView(key.ref, views.get(text), observed.error.message))
    return failed(observed.error)
  }
  const { situation, observedWeight, unwritten } = observed.value
  const decision = restrained(decide(situation, agent.clock.now()), key, parts)
  if (unwritten !== undefined && decision.kind !== "protect") return forgotten(text, key, unwritten, parts)
  beginCalls(text, situation, decision, parts)
  const view = viewOf(situation, decision, observedWeight)
  views.set(text, view)
  const shown = { phase: view.phase, revision: view.revision, weight: view.weight, message: view.message }
  const told = await writeCanaryStatus(agent.kube, key.ref, shown, parts.written, agent.at)
  // Only for `kubectl get`: a Canary that is not in the cluster yet has no status.
  if (!told.ok && told.error.code !== "KUBE_NOT_FOUND")
    agent.log("canary status not written", { canary: nameOf(key.ref), error: told.error.message })
  const outcome = await carryOut(text, key, decision, observed.value, parts)
  if (outcome.kind === "failed") sayFailure(text, key, decision, view, outcome.error, parts)
  return outcome
}

/** What the cluster cannot remember is not built on; it is looked at all the same, for what has to be protected. */
function forgotten(text: string, { ref }: CanaryKey, { message, next }: SerinError, parts: CanaryParts): Outcome {
  const { agent, views, alerts } = parts
  const reason = `The cluster does not remember where the delivery stands, so only users are protected: ${message}`
  views.set(text, unreadableView(ref, views.get(text), reason))
  alertOnce(text, ref, reason, `${reason}. ${next}`, agent, alerts)
  return after(POLL_MS)
}

/** What was decided is not done: the reason stays, with what is in the way. A person is called where users are not protected. */
function sayFailure(
  text: string,
  { ref }: CanaryKey,
  { kind, reason }: Decision,
  view: CanaryState,
  error: SerinError,
  { agent, views, alerts }: CanaryParts,
): void {
  views.set(text, { ...view, message: `${reason} Not done yet: ${error.message}. ${error.next}` })
  if (kind !== "protect") return
  alertOnce(text, ref, reason, `Weight 0 could not be set: ${error.message}. ${error.next} (${reason})`, agent, alerts)
}

/** A person is called once for each reason. */
function alertOnce(
  text: string,
  ref: CanaryRef,
  reason: string,
  message: string,
  { events }: Pick<AgentParts, "events">,
  alerts: Map<string, string>,
): void {
  if (alerts.get(text) === reason) return
  alerts.set(text, reason)
  const subject = `Canary ${nameOf(ref)}`
  events.emit({ kind: "alert", namespace: ref.namespace, subject, message, severity: "error" })
}

/** Gates and hooks that are due are called; nobody waits for that, least of all a rollback. */
function beginCalls(text: string, situation: Situation, decision: Decision, { agent, hookCalls }: CanaryParts): void {
  const { rollout, status, cluster } = situation
  const asks = decision.kind === "wait" ? (decision.asks ?? []) : []
  hookCalls.begin(text, [...asks, ...standingCalls(rollout, status, cluster, agent.clock.now())])
}

export async function observeKey(
  text: string,
  key: CanaryKey,
  rollout: Rollout,
  past: CanaryPast | undefined,
  parts: CanaryParts,
  signal: AbortSignal,
) {
  const { agent, deployments, measurement, book, drifts, hookCalls, unwritten } = parts
  const kept = unwritten.get(text)
  const sync = agent.sync.of(key.repository)
  const news = {
    drifts: drifts.get(text) ?? [],
    answers: hookCalls.answers(text),
    ...(kept !== undefined && { unwritten: kept }),
    ...(!sync.ready && { lagging: sync.message }),
  }
  const { kube, clock, at } = agent
  const { cluster } = agent.settings()
  const looking = { kube, deployments, measurement, book, cluster, at }
  const observed = await observe(text, rollout, past, news, clock.now(), looking, signal)
  // What is not remembered yet is told to the next look, too.
  if (!observed.ok) return observed
  if (observed.value.unwritten === undefined) unwritten.delete(text)
  else unwritten.set(text, observed.value.situation.status)
  hookCalls.settle(text, news.answers)
  const later = drifts.get(text)?.slice(news.drifts.length) ?? []
  if (later.length === 0) drifts.delete(text)
  else drifts.set(text, later)
  for (const one of observed.value.lost) sayLost(key, one, agent)
  return observed
}

function sayLost({ ref }: CanaryKey, { kind, name, last }: HookMemory, { events }: AgentParts): void {
  events.emit({
    kind: "alert",
    namespace: ref.namespace,
    subject: `Canary ${nameOf(ref)}`,
    message: `The ${kind} hook ${name} was not told, and is not tried any more: ${last?.text ?? "too many messages waited"}.`,
    severity: "error",
  })
}

/** A suspended repository is not written to, save to take a bad version back. */
function restrained(decision: Decision, { repository }: CanaryKey, { agent }: CanaryParts): Decision {
  const suspended = agent.repositories.get(repository)?.spec.suspend === true
  if (!suspended || decision.kind !== "edit" || decision.event === "rollback") return decision
  return { kind: "wait", reason: `Repository ${repository} is suspended. Next: ${decision.reason}` }
}

async function carryOut(
  text: string,
  key: CanaryKey,
  decision: Decision,
  observed: Observed,
  parts: CanaryParts,
): Promise<Outcome> {
  switch (decision.kind) {
    case "wait":
      return wait(text, key, decision, observed, parts)
    case "protect":
      return protectKey(key, decision, observed, parts)
    case "edit":
      return commit(key, decision, observed, parts)
  }
}

function wait(
  text: string,
  { ref }: CanaryKey,
  decision: Extract<Decision, { kind: "wait" }>,
  { situation }: Observed,
  { agent, alerts }: CanaryParts,
): Outcome {
  if (decision.alert === true) alertOnce(text, ref, decision.reason, decision.reason, agent, alerts)
  const { rollout, status } = situation
  const phase = rollout.delivery?.phase ?? "Idle"
  const isQuiet = phase === "Idle" || phase === "Failed"
  const until = isQuiet ? tellAgainAt(rollout, status) : decision.until
  if (until === undefined || !Number.isFinite(until)) return isQuiet ? done : after(POLL_MS)
  const ms = until - agent.clock.now()
  return after(ms > 0 ? Math.min(Math.max(ms, SOONEST_MS), QUIET_MS) : POLL_MS)
}

async function protectKey(
  { repository, ref }: CanaryKey,
  { reason, by }: Extract<Decision, { kind: "protect" }>,
  { situation, seen }: Observed,
  { agent }: CanaryParts,
): Promise<Outcome> {
  const { rollout, status } = situation
  const noted = { ...status, protect: protectOf(rollout, reason, by) }
  // First, so that an agent that is killed in between leaves the reason. Where it cannot be written, the mark has to do.
  const written = await writeDeliveryStatus(agent.kube, ref, noted, agent.at)
  const kube = agent.repositories.kubeFor(repository)
  const applied = await protect(
    { rollout, live: seen.virtualService, reason, by },
    { kube, owner: repository, at: agent.at },
  )
  if (!applied.ok) return failed(applied.error)
  agent.events.emit({
    kind: "protect",
    namespace: ref.namespace,
    subject: `Canary ${nameOf(ref)}`,
    message: `Weight 0 for ${rollout.spec.canary.deployment} in the cluster; the commit follows: ${reason}`,
    severity: "warning",
    data: { who: by ?? `canary ${nameOf(ref)}` },
  })
  return after(written.ok ? 0 : POLL_MS)
}

const warnings: ReadonlySet<string> = new Set(["rollback", "pause", "hold", "restore"])

async function commit(
  key: CanaryKey,
  decision: Extract<Decision, { kind: "edit" }>,
  observed: Observed,
  { agent }: CanaryParts,
): Promise<Outcome> {
  const { repository, ref } = key
  const writer = agent.repositories.writer(repository)
  if (writer === undefined) return after(POLL_MS)
  const { decidedOn } = observed
  const result = await writer.submit(decision.edit, {
    urgent: decision.urgent,
    ...(decidedOn !== undefined && { decidedOn }),
  })
  const subject = `Canary ${nameOf(ref)}`
  switch (result.kind) {
    case "failed":
      return failed(result.error)
    case "obsolete":
      return after(SOONEST_MS)
    case "refused":
      agent.log("canary edit refused", { canary: nameOf(ref), reason: result.reason })
      agent.events.emit({
        kind: "error",
        namespace: ref.namespace,
        subject,
        message: result.reason,
        severity: "error",
      })
      return after(QUIET_MS)
    case "committed":
      agent.events.emit({
        kind: decision.event,
        namespace: ref.namespace,
        subject,
        message: decision.reason,
        severity: warnings.has(decision.event) ? "warning" : "info",
        commit: result.commit,
      })
      const remembered = await rememberPushed(key, result.commit, observed, agent)
      return remembered.ok ? after(SOONEST_MS) : failed(remembered.error)
  }
}

/** Without a readable tree nothing advances, but users are protected all the same, by what the cluster has. */
async function holdInCluster(
  text: string,
  key: CanaryKey,
  reason: string,
  parts: CanaryParts,
  signal: AbortSignal,
): Promise<Outcome> {
  const { agent, views } = parts
  views.set(text, unreadableView(key.ref, views.get(text), reason))
  const read = await rolloutInCluster(agent.kube, key.ref)
  if (!read.ok) return done
  const observed = await observeKey(text, key, read.rollout, undefined, parts, signal)
  if (!observed.ok) return failed(observed.error)
  const decision = decide(observed.value.situation, agent.clock.now())
  beginCalls(text, observed.value.situation, decision, parts)
  if (decision.kind === "protect") return protectKey(key, decision, observed.value, parts)
  if (observed.value.unwritten !== undefined) return forgotten(text, key, observed.value.unwritten, parts)
  const phase = read.rollout.delivery?.phase ?? "Idle"
  return phase === "Idle" || phase === "Failed" ? done : after(POLL_MS)
}
