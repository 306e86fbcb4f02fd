import { describeObjectId, describeProblem, parseObjectId, type ManifestProblem, type ObjectId } from "@serin/core"
import { SerinError } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { KubeClient } from "../kube/index.ts"
import type { Revision } from "../parts.ts"
import { after, done, failed, type Clock, type CrashPoint, type Outcome } from "../runtime/index.ts"
import { keyOf, type RepositoryKey, type RepositoryObject, type Source, type StatusWriter } from "../source/index.ts"
import { describeDrift } from "./decide-object.ts"
import { settleInventory, unlisted, unstated } from "./inventory.ts"
import { applyWaves, plan, watchedOf, type Applied, type PassParts, type Planned, type Work } from "./pass.ts"
import { prune, type Pruned } from "./prune.ts"
import { refusalMessage, refusalRetryMs } from "./refusal.ts"
import type { SyncState, Target } from "./state.ts"
import { readTarget } from "./target.ts"
import { judgeApplied, tryRevision } from "./trial.ts"
import { describeChanges, verdictOf } from "./verdict.ts"

export interface FollowOptions {
  /** The agent's own rights. */
  readonly kube: KubeClient
  readonly source: Source
  readonly status: StatusWriter
  readonly events: EventStream
  readonly clock: Clock
  readonly at: CrashPoint
  /** Other Repositories whose inventory holds an object. */
  readonly claimedBy: (id: ObjectId, except: RepositoryKey) => readonly string[]
}

/** One Repository at one moment. */
export interface Followed {
  readonly key: RepositoryKey
  readonly repository: RepositoryObject
  readonly head: Revision
  readonly state: SyncState
  readonly signal: AbortSignal
}

/** How often something that waits (a subset without ready pods, a kind not served yet) is looked at. */
const waitingMs = 500
/** How often all is looked at without any event, in case one was lost. */
const resyncMs = 10 * 60_000

/**
 * One pass: reads the head, checks it as a whole, and makes the cluster so; or, while the head is refused, keeps the last
 * good revision.
 */
export async function follow(followed: Followed, options: FollowOptions): Promise<Outcome> {
  const { key, repository, head, state } = followed
  const { kube, clock } = options
  if (state.refusal && (state.refusal.commit !== head.commit || state.refusal.retryAt <= clock.now())) {
    state.refusal = undefined
  }
  const candidate = state.refusal ? undefined : await readHead(followed, options)
  if (candidate instanceof SerinError) return failed(candidate)
  const target = candidate ?? (await lastGood(followed, options))
  if (!target) return sayRefused(followed, options)
  const parts = partsFor(followed, target, options)
  await state.watches.ensure([...target.objects.map(watchedOf), ...state.inventory], async (kind) => {
    const resolved = await kube.resolve(kind)
    return resolved.ok
  })
  const planned = plan(target, parts)
  const checked = candidate
    ? await tryRevision(candidate, planned.work, parts, repository)
    : { ready: planned.work, untried: undefined }
  if (checked instanceof SerinError) return sayUnchecked(followed, checked, options)
  if ("problems" in checked) {
    refuse(followed, checked.problems, options)
    // Once more, now with the last good revision as target.
    return follow(followed, options)
  }
  const claimed = await claim(followed, target, checked.ready, options)
  if (claimed) return failed(claimed)
  const applied = await applyWaves(checked.ready, parts)
  sayDrift(state, applied, target.commit, options)
  if (applied.outdated) return after(0)
  const judged = checked.untried && judgeApplied(checked.untried, applied, target, state)
  if (judged instanceof SerinError) return sayUnchecked(followed, judged, options)
  if (judged) {
    refuse(followed, judged.problems, options)
    return follow(followed, options)
  }
  // What the head states no longer is only known from a head that is good.
  if (candidate && state.good !== candidate) return after(waitingMs)
  const gone = unstated(state, target)
  const pruned = await prune(candidate ? gone : [], state.inventory.length, {
    ...parts,
    repository: followed.repository,
  })
  settleInventory(state, target, candidate ? pruned.kept : gone)
  const { waitMs } = planned
  return report(followed, { key, applied, pruned, waitMs }, options)
}

async function readHead(
  { key, repository, head, state, signal }: Followed,
  options: FollowOptions,
): Promise<Target | SerinError | undefined> {
  if (state.head?.commit === head.commit) return state.head
  const read = await readTarget(head, key, options.kube)
  if (read.kind === "unknown") return read.error
  if (read.kind === "target") {
    state.head = read.target
    return read.target
  }
  refuse({ key, repository, head, state, signal }, read.problems, options)
  return undefined
}

/** The revision that stays while the head is refused; after a restart found by the status. */
async function lastGood({ key, repository, state }: Followed, options: FollowOptions): Promise<Target | undefined> {
  if (state.good) return state.good
  const commit = options.status.current(key, repository).revision
  if (commit === undefined) return undefined
  const revision = await options.source.revisionAt(key, commit)
  if (!revision.ok) return undefined
  const read = await readTarget(revision.value, key, options.kube)
  if (read.kind !== "target") return undefined
  state.good = read.target
  return read.target
}

function partsFor({ key, head, state, signal }: Followed, target: Target, options: FollowOptions): PassParts {
  const { source, kube, clock, at, claimedBy } = options
  return {
    kube,
    client: source.kubeFor(key),
    clock,
    at,
    owner: key,
    claimedBy: (id) => claimedBy(id, key),
    signal,
    state,
    manifests: target.manifests,
    isOutdated: () => source.head(key)?.commit !== head.commit,
  }
}

/** What will be ours is in the inventory before it is in the cluster: a kill in between leaves nothing behind. */
async function claim(
  { key, repository, state }: Followed,
  target: Target,
  ready: readonly Work[],
  { status }: FollowOptions,
): Promise<SerinError | undefined> {
  const added = ready.length === 0 ? [] : unlisted(state, target)
  if (added.length === 0) return undefined
  const inventory = [...state.inventory, ...added]
  const error = await status.write(key, repository, { inventory })
  if (!error) state.inventory = inventory
  return error
}

/** The API cannot say whether it would take the head (a webhook does not answer, say): what is there stays meanwhile. */
async function sayUnchecked(
  { key, repository, head }: Followed,
  error: SerinError,
  { status }: FollowOptions,
): Promise<Outcome> {
  const message = `${head.commit.slice(0, 7)} is not applied yet: ${error.message}. ${error.next}`
  const condition = { type: "Ready", status: "False", reason: "NotChecked", message } as const
  // A lost race is over before anybody could read of it, and an API that does not answer takes no status either.
  const worthSaying = error.retry !== "now" && error.code !== "KUBE_UNREACHABLE"
  const written = worthSaying ? await status.write(key, repository, { head: head.commit, condition }) : undefined
  return failed(written ?? error)
}

interface Passed {
  readonly key: RepositoryKey
  readonly applied: Applied
  readonly pruned: Pruned
  readonly waitMs: Planned["waitMs"]
}

async function report({ repository, head, state }: Followed, passed: Passed, options: FollowOptions): Promise<Outcome> {
  const { key, applied, pruned, waitMs } = passed
  const { status, clock, events } = options
  const changes = applied.created.length + applied.changed.length + pruned.removed.length
  if (changes > 0) {
    const message = `${head.commit.slice(0, 7)} applied: ${describeChanges(applied, pruned)}`
    const data = { created: applied.created, changed: applied.changed, removed: pruned.removed }
    events.emit({ kind: "sync", severity: "info", ...about(repository), message, commit: head.commit, data })
  }
  const { condition, again } = verdictOf(head.commit, state, pruned)
  const [error] = pruned.errors
  const whole = condition.status === "True" && !error
  const news = changes > 0 || status.current(key, repository).revision !== head.commit
  const { generation } = repository.metadata
  const written = await status.write(key, repository, {
    head: head.commit,
    inventory: state.inventory,
    condition,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(whole ? { revision: head.commit } : {}),
    ...(whole && news ? { lastSync: new Date(clock.now()).toISOString() } : {}),
  })
  if (written) return failed(written)
  if (error) return failed(error)
  if (again === "failed") return failed(new SerinError("SYNC_INCOMPLETE", condition.message))
  const waits = [
    resyncMs,
    ...(waitMs === undefined ? [] : [waitMs]),
    ...(again === "waiting" ? [waitingMs] : []),
    ...(state.refusal ? [Math.max(0, state.refusal.retryAt - clock.now())] : []),
  ]
  return after(Math.min(...waits))
}

function refuse(
  { key, repository, head, state }: Followed,
  problems: readonly ManifestProblem[],
  options: FollowOptions,
): void {
  state.refusal = { commit: head.commit, problems, retryAt: options.clock.now() + refusalRetryMs }
  state.head = undefined
  const message = refusalMessage(state)
  // The same refusal again, after looking once more, is no news.
  const told = options.status.current(key, repository).conditions?.find(({ type }) => type === "Ready")
  if (told?.message === message) return
  const data = { problems: problems.map(describeProblem) }
  options.events.emit({ kind: "error", severity: "error", ...about(repository), message, commit: head.commit, data })
}

/** There is nothing that could stay: a first revision that is refused. */
async function sayRefused(
  { key, repository, head, state }: Followed,
  { status, clock }: FollowOptions,
): Promise<Outcome> {
  const { refusal } = state
  if (!refusal) return done
  const condition = {
    type: "Ready",
    status: "False",
    reason: "RevisionInvalid",
    message: refusalMessage(state),
  } as const
  const error = await status.write(key, repository, { head: head.commit, condition })
  return error ? failed(error) : after(Math.max(0, refusal.retryAt - clock.now()))
}

function sayDrift(state: SyncState, { corrected }: Applied, commit: string, { events, clock }: FollowOptions): void {
  for (const { id, drift } of corrected) {
    const { count, pausedUntil } = state.drifts.note(id, drift, clock.now())
    const what = `${describeObjectId(id)}: ${describeDrift(drift)}, put back`
    const message =
      pausedUntil === undefined
        ? what
        : `${what} for the ${count}th time; the next time in ${Math.round((pausedUntil - clock.now()) / 1000)} s. ` +
          `Leave the field to it with serin.dev/ignore, or stop what changes it`
    const { namespace } = parseObjectId(id)
    events.emit({
      kind: "drift",
      severity: pausedUntil === undefined ? "info" : "warning",
      ...(namespace === "" ? {} : { namespace }),
      subject: describeObjectId(id),
      message,
      commit,
      data: { who: drift.who, paths: drift.paths },
    })
  }
}

export function about(repository: RepositoryObject): { readonly namespace: string; readonly subject: string } {
  return { namespace: repository.metadata.namespace, subject: `Repository ${keyOf(repository)}` }
}
