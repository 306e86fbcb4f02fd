import {
  describeObjectId,
  describeProblem,
  formatObjectId,
  groupOf,
  type ManifestProblem,
  type ObjectId,
} from "@serin/core"
import type { SyncDiff } from "../api/types.ts"
import { fail, SerinError, type Result } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { Informer, KubeClient, ObjectRef } from "../kube/index.ts"
import type { ObjectSyncState, RepositorySyncState, Revision, SyncStates } from "../parts.ts"
import {
  after,
  done,
  failed,
  WorkQueue,
  type Clock,
  type CrashPoint,
  type Log,
  type Outcome,
} from "../runtime/index.ts"
import {
  keyOf,
  type InventoryEntry,
  type RepositoryKey,
  type RepositoryObject,
  type Source,
  type StatusWriter,
} from "../source/index.ts"
import { checkObjects } from "./check.ts"
import { diffOf } from "./diff.ts"
import { DriftMemory } from "./drift-memory.ts"
import { applyWaves, plan, watchedOf, type Applied, type PassParts, type Work } from "./pass.ts"
import { describeIds, prune, type Pruned } from "./prune.ts"
import type { Refusal, SyncState, Target } from "./state.ts"
import { readTarget } from "./target.ts"
import { Watches } from "./watches.ts"

export interface SyncOptions {
  readonly kube: KubeClient
  readonly informer: Informer<RepositoryObject>
  readonly source: Source
  readonly status: StatusWriter
  readonly events: EventStream
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly at: CrashPoint
}

/** A refused revision is looked at again after this long, since its cause may lie in the cluster. */
const refusalRetryMs = 30_000
/** How often something that waits (a subset without ready pods, a kind not served yet) is looked at. */
const waitingMs = 500
/** How often all is looked at without any event, in case one was lost. */
const resyncMs = 10 * 60_000

/**
 * Makes the cluster what the head of each Repository says: checks a revision as a whole before anything of it is applied,
 * applies what changed, removes what left Git, and puts back what others changed.
 */
export class Sync implements SyncStates {
  readonly #options: SyncOptions
  readonly #queue: WorkQueue
  readonly #states = new Map<RepositoryKey, SyncState>()
  readonly #unsubscribe: (() => void)[]

  constructor(options: SyncOptions) {
    this.#options = options
    const { clock, log, random, source, informer } = options
    this.#queue = new WorkQueue({
      name: "sync",
      reconcile: (key, signal) => this.#reconcile(key, signal),
      clock,
      log,
      random,
      onFailure: (key, error, failures) => this.#sayFailure(key, error, failures),
    })
    this.#unsubscribe = [
      source.onHead((key) => this.#queue.add(key)),
      informer.onChange((key) => this.#onRepository(key)),
    ]
  }

  of(key: RepositoryKey): RepositorySyncState {
    const repository = this.#options.informer.get(key)
    const status = repository ? this.#options.status.current(key, repository) : undefined
    const ready = status?.conditions?.find(({ type }) => type === "Ready")
    const fetched = status?.conditions?.find(({ type }) => type === "Fetched")
    const message = fetched?.status === "False" ? fetched.message : (ready?.message ?? "not looked at yet")
    return {
      ...(status?.revision === undefined ? {} : { applied: status.revision }),
      ...(status?.lastSync === undefined ? {} : { lastSync: status.lastSync }),
      ready: ready?.status === "True" && fetched?.status !== "False",
      message,
      objects: status?.inventory?.length ?? 0,
    }
  }

  objectState({ apiVersion, kind, namespace = "", name }: ObjectRef): ObjectSyncState {
    const id = formatObjectId({ group: groupOf(apiVersion), kind, namespace, name })
    for (const [key, state] of this.#states) {
      if (!state.inventory.some((entry) => entry.id === id)) continue
      if (this.#options.informer.get(key)?.spec.suspend) return "suspended"
      return state.tracked.has(id) && !state.held.has(id) && !state.refusal ? "synced" : "out-of-sync"
    }
    return "unmanaged"
  }

  async diff(key: RepositoryKey): Promise<Result<SyncDiff>> {
    const { source, informer, kube } = this.#options
    const repository = informer.get(key)
    const head = source.head(key)
    if (!repository || !head) {
      return fail(new SerinError("NOT_FOUND", `Repository ${key} does not exist or was not read yet`))
    }
    const state = await this.#state(key, repository)
    const client = source.kubeFor(key)
    const target = await readTarget(head, key, kube)
    return diffOf({ head, target, state, client, repository, claimedBy: (id) => this.#claims(id, key) })
  }

  syncNow(key: RepositoryKey): void {
    const state = this.#states.get(key)
    if (state) state.refusal = undefined
    this.#options.source.fetchNow(key)
    this.#queue.add(key)
  }

  async close(): Promise<void> {
    for (const end of this.#unsubscribe) end()
    await this.#queue.close()
    await Promise.all([...this.#states.values()].map(({ watches }) => watches.close()))
  }

  /** Another Repository may wait for what this one lets go of. */
  #onRepository(key: RepositoryKey): void {
    this.#queue.add(key)
    for (const [other, state] of this.#states) {
      if (other !== key && [...state.held.values()].some(({ kind }) => kind === "failed")) this.#queue.add(other)
    }
  }

  async #reconcile(key: RepositoryKey, signal: AbortSignal): Promise<Outcome> {
    const { informer, source } = this.#options
    const repository = informer.get(key)
    if (!repository) {
      const state = this.#states.get(key)
      this.#states.delete(key)
      await state?.watches.close()
      return done
    }
    const head = source.head(key)
    if (!head) return done
    const state = await this.#state(key, repository)
    if (repository.spec.suspend) return this.#say(key, repository, "False", "Suspended", suspended(head))
    return this.#follow(key, repository, head, state, signal)
  }

  async #follow(
    key: RepositoryKey,
    repository: RepositoryObject,
    head: Revision,
    state: SyncState,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { clock, source } = this.#options
    if (state.refusal && (state.refusal.commit !== head.commit || state.refusal.retryAt <= clock.now())) {
      state.refusal = undefined
    }
    const read = state.refusal ? undefined : await readTarget(head, key, this.#options.kube)
    if (read?.kind === "unknown") return failed(read.error)
    if (read?.kind === "bad") this.#refuse(key, repository, state, head.commit, read.problems)
    const candidate = read?.kind === "target" ? read.target : undefined
    const target = candidate ?? (await this.#lastGood(key, repository, state))
    if (!target) return this.#sayRefused(key, repository, state)
    const parts: PassParts = {
      ...this.#options,
      client: source.kubeFor(key),
      owner: key,
      claimedBy: (id) => this.#claims(id, key),
      signal,
      state,
      manifests: target.manifests,
      isOutdated: () => source.head(key)?.commit !== head.commit,
    }
    await state.watches.ensure([...target.objects.map(watchedOf), ...state.inventory], async (kind) => {
      const resolved = await this.#options.kube.resolve(kind)
      return resolved.ok
    })
    const { work, waitMs } = plan(target, parts)
    let ready = work
    let later = false
    if (candidate) {
      const checked = await this.#check(candidate, work, parts, repository)
      if (checked.kind === "unknown") return failed(checked.error)
      if (checked.kind === "bad") {
        this.#refuse(key, repository, state, head.commit, checked.problems)
        // Once more, now with the last good revision as target.
        return this.#follow(key, repository, head, state, signal)
      }
      ready = checked.ready
      later = checked.later
    }
    return this.#carryOut({
      key,
      repository,
      head,
      state,
      target,
      ready,
      later,
      waitMs,
      parts,
      isHead: candidate !== undefined,
    })
  }

  async #check(
    target: Target,
    work: readonly Work[],
    parts: PassParts,
    repository: RepositoryObject,
  ): Promise<
    | { readonly kind: "checked"; readonly ready: readonly Work[]; readonly later: boolean }
    | { readonly kind: "bad"; readonly problems: readonly ManifestProblem[] }
    | { readonly kind: "unknown"; readonly error: SerinError }
  > {
    const { state, client } = parts
    if (state.checked?.commit !== target.commit) state.checked = { commit: target.commit, hashes: new Set() }
    const { hashes } = state.checked
    const fresh = work.filter(({ decision, desired }) => decision.kind === "apply" && !hashes.has(desired.hash))
    const options = { client, namespace: repository.metadata.namespace }
    const verdicts = await checkObjects(
      fresh.map(({ desired }) => desired),
      options,
    )
    const problems = verdicts.flatMap((verdict) => (verdict.kind === "bad" ? [verdict.problem] : []))
    if (problems.length > 0) return { kind: "bad", problems }
    for (const verdict of verdicts) if (verdict.kind === "good") hashes.add(verdict.object.hash)
    for (const verdict of verdicts) if (verdict.kind === "unknown") return { kind: "unknown", error: verdict.failure }
    state.good = target
    const later = verdicts.some(({ kind }) => kind === "later")
    // Until every object could be checked, only what makes that possible is applied.
    const ready = later ? work.filter(({ desired }) => isDefinition(desired.id)) : work
    return { kind: "checked", ready, later }
  }

  async #carryOut({
    key,
    repository,
    head,
    state,
    target,
    ready,
    later,
    waitMs,
    parts,
    isHead,
  }: CarryOut): Promise<Outcome> {
    const claimed = await this.#claim(key, repository, state, target, ready)
    if (claimed) return failed(claimed)
    const applied = await applyWaves(ready, parts)
    this.#sayDrift(state, applied, head.commit)
    if (applied.outdated) return after(0)
    if (later) return after(waitingMs)
    const listed = new Set(target.objects.map(({ id }) => id))
    const gone = isHead ? state.inventory.filter(({ id }) => !listed.has(id)) : []
    const pruned = await prune(gone, state.inventory.length, { ...parts, repository })
    state.inventory = this.#inventory(
      state,
      target,
      isHead ? pruned.kept : state.inventory.filter(({ id }) => !listed.has(id)),
    )
    return this.#report({ key, repository, head, state, applied, pruned, waitMs })
  }

  /** What will be ours is in the inventory before it is in the cluster: a kill in between leaves nothing behind. */
  async #claim(
    key: RepositoryKey,
    repository: RepositoryObject,
    state: SyncState,
    target: Target,
    ready: readonly Work[],
  ): Promise<SerinError | undefined> {
    if (ready.length === 0) return undefined
    const present = new Set(state.inventory.map(({ id }) => id))
    const added = target.objects.filter(({ id }) => !present.has(id)).map((object): InventoryEntry => watchedOf(object))
    if (added.length === 0) return undefined
    const inventory = [...state.inventory, ...added]
    const error = await this.#options.status.write(key, repository, { inventory })
    if (!error) state.inventory = inventory
    return error
  }

  #inventory(state: SyncState, target: Target, kept: readonly InventoryEntry[]): readonly InventoryEntry[] {
    const before = new Map(state.inventory.map((entry) => [entry.id, entry]))
    const stated = target.objects.map((object): InventoryEntry => {
      const watched = watchedOf(object)
      const tracked = state.tracked.get(object.id)
      if (tracked) return { ...watched, desired: tracked.hash, live: tracked.live }
      return { ...before.get(object.id), ...watched }
    })
    const ids = new Set([...stated, ...kept].map(({ id }) => id))
    for (const id of state.tracked.keys()) if (!ids.has(id)) state.tracked.delete(id)
    for (const id of state.held.keys()) if (!ids.has(id)) state.held.delete(id)
    return [...stated, ...kept].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #report({ key, repository, head, state, applied, pruned, waitMs }: Report): Promise<Outcome> {
    const { status, clock, events } = this.#options
    const changes = applied.created.length + applied.changed.length + pruned.removed.length
    if (changes > 0) {
      const message = `${head.commit.slice(0, 7)} applied: ${counts(applied, pruned)}`
      const data = { created: applied.created, changed: applied.changed, removed: pruned.removed }
      events.emit({ kind: "sync", severity: "info", ...about(repository), message, commit: head.commit, data })
    }
    const whole = state.held.size === 0 && pruned.errors.length === 0 && !pruned.refusal && !state.refusal
    const { condition, urgent } = this.#condition(head, state, pruned)
    const written = await status.write(key, repository, {
      inventory: state.inventory,
      ...(repository.metadata.generation === undefined ? {} : { observedGeneration: repository.metadata.generation }),
      ...(whole ? { revision: head.commit } : {}),
      ...(whole && (changes > 0 || repository.status?.revision !== head.commit)
        ? { lastSync: new Date(clock.now()).toISOString() }
        : {}),
      condition,
    })
    if (written) return failed(written)
    const [error] = pruned.errors
    if (error) return failed(error)
    if (urgent === "failed") return failed(new SerinError("SYNC_INCOMPLETE", condition.message))
    const waits = [
      resyncMs,
      ...(waitMs === undefined ? [] : [waitMs]),
      ...(urgent === "waiting" ? [waitingMs] : []),
      ...(state.refusal ? [Math.max(0, state.refusal.retryAt - clock.now())] : []),
    ]
    return after(Math.min(...waits))
  }

  #condition(head: Revision, state: SyncState, pruned: Pruned) {
    const ready = (status: "True" | "False", reason: string, message: string) =>
      ({ type: "Ready", status, reason, message }) as const
    const short = head.commit.slice(0, 7)
    if (state.refusal)
      return { condition: ready("False", "RevisionInvalid", refusedMessage(state, short)), urgent: undefined }
    const failures = [...state.held.values()].filter(({ kind }) => kind === "failed")
    if (failures.length > 0) {
      const message = `${short}: ${failures.length} of ${state.inventory.length} objects could not be applied: ${failures[0]?.reason ?? ""}`
      return { condition: ready("False", "ApplyFailed", message), urgent: "failed" as const }
    }
    const waiting = [...state.held].filter(([, { kind }]) => kind === "waiting")
    if (waiting.length > 0) {
      return {
        condition: ready("False", "Waiting", `${short}: ${waiting[0]?.[1].reason ?? ""}`),
        urgent: "waiting" as const,
      }
    }
    const held = [...state.held].find(([, { kind }]) => kind === "protected")
    if (held) {
      const message = `${short} is applied, except ${describeObjectId(held[0])}: ${held[1].reason}`
      return { condition: ready("False", "Protected", message), urgent: undefined }
    }
    if (pruned.refusal)
      return { condition: ready("False", "PruneRefused", `${short}: ${pruned.refusal}`), urgent: undefined }
    const note = pruned.notes[0] === undefined ? "" : `. ${pruned.notes[0]}`
    const message = `${short} is applied: ${state.inventory.length} objects${note}`
    return { condition: ready("True", "Synced", message), urgent: undefined }
  }

  #refuse(
    key: RepositoryKey,
    repository: RepositoryObject,
    state: SyncState,
    commit: string,
    problems: readonly ManifestProblem[],
  ): void {
    state.refusal = { commit, problems, retryAt: this.#options.clock.now() + refusalRetryMs }
    const message = refusedMessage(state, commit.slice(0, 7))
    // The same refusal again, after looking once more, is no news.
    const told = this.#options.status.current(key, repository).conditions?.find(({ type }) => type === "Ready")
    if (told?.message === message) return
    const data = { problems: problems.map(describeProblem) }
    this.#options.events.emit({ kind: "error", severity: "error", ...about(repository), message, commit, data })
  }

  async #sayRefused(key: RepositoryKey, repository: RepositoryObject, state: SyncState): Promise<Outcome> {
    const { refusal } = state
    if (!refusal) return done
    const message = refusedMessage(state, refusal.commit.slice(0, 7))
    const outcome = await this.#say(key, repository, "False", "RevisionInvalid", message)
    return outcome.kind === "failed" ? outcome : after(Math.max(0, refusal.retryAt - this.#options.clock.now()))
  }

  async #say(
    key: RepositoryKey,
    repository: RepositoryObject,
    status: "True" | "False",
    reason: string,
    message: string,
  ): Promise<Outcome> {
    const condition = { type: "Ready", status, reason, message } as const
    const error = await this.#options.status.write(key, repository, { condition })
    return error ? failed(error) : done
  }

  /** The revision that stays while the head is refused; after a restart found by the status. */
  async #lastGood(key: RepositoryKey, repository: RepositoryObject, state: SyncState): Promise<Target | undefined> {
    if (state.good) return state.good
    const commit = this.#options.status.current(key, repository).revision
    if (commit === undefined) return undefined
    const revision = await this.#options.source.revisionAt(key, commit)
    if (!revision.ok) return undefined
    const read = await readTarget(revision.value, key, this.#options.kube)
    if (read.kind !== "target") return undefined
    state.good = read.target
    return read.target
  }

  async #state(key: RepositoryKey, repository: RepositoryObject): Promise<SyncState> {
    const account = `${repository.metadata.uid ?? ""} ${repository.spec.serviceAccountName ?? "default"}`
    const present = this.#states.get(key)
    if (present?.account === account) return present
    await present?.watches.close()
    const { source, clock, log, status } = this.#options
    const state: SyncState = {
      watches: new Watches({ client: source.kubeFor(key), clock, log, onChange: (id) => this.#onObject(key, id) }),
      drifts: new DriftMemory(),
      tracked: new Map(),
      held: new Map(),
      inventory: status.current(key, repository).inventory ?? [],
      good: undefined,
      refusal: undefined,
      checked: undefined,
      account,
    }
    this.#states.set(key, state)
    return state
  }

  #onObject(key: RepositoryKey, id: ObjectId): void {
    const state = this.#states.get(key)
    if (state?.tracked.has(id) || state?.held.has(id)) this.#queue.add(key)
  }

  #claims(id: ObjectId, except: RepositoryKey): readonly string[] {
    return this.#options.informer
      .list()
      .filter((other) => keyOf(other) !== except && other.status?.inventory?.some((entry) => entry.id === id))
      .map(keyOf)
  }

  #sayDrift(state: SyncState, { corrected }: Applied, commit: string): void {
    const { events, clock } = this.#options
    for (const { id, drift } of corrected) {
      const { count, pausedUntil } = state.drifts.note(id, drift, clock.now())
      const what = `${describeObjectId(id)}: ${drift.paths.join(", ")} changed by ${drift.who}, put back`
      const message =
        pausedUntil === undefined
          ? what
          : `${what} for the ${count}th time; the next time in ${Math.round((pausedUntil - clock.now()) / 1000)} s. ` +
            `Leave the field to it with serin.dev/ignore, or stop what changes it`
      const namespace = id.split("/")[1] ?? ""
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

  #sayFailure(key: RepositoryKey, error: SerinError, failures: number): void {
    const repository = this.#options.informer.get(key)
    if (!repository || failures !== 1) return
    const message = `${error.message}. ${error.next}`
    this.#options.events.emit({ kind: "error", severity: "warning", ...about(repository), message })
  }
}

interface CarryOut {
  readonly key: RepositoryKey
  readonly repository: RepositoryObject
  readonly head: Revision
  readonly state: SyncState
  readonly target: Target
  readonly ready: readonly Work[]
  readonly later: boolean
  readonly waitMs: number | undefined
  readonly parts: PassParts
  /** Whether the target is the head, and not the last good revision before it. */
  readonly isHead: boolean
}

interface Report extends Pick<CarryOut, "key" | "repository" | "head" | "state" | "waitMs"> {
  readonly applied: Applied
  readonly pruned: Pruned
}

function about(repository: RepositoryObject): { readonly namespace: string; readonly subject: string } {
  return { namespace: repository.metadata.namespace, subject: `Repository ${keyOf(repository)}` }
}

function isDefinition(id: ObjectId): boolean {
  return id.startsWith("Namespace//") || id.startsWith("CustomResourceDefinition.apiextensions.k8s.io//")
}

function suspended(head: Revision): string {
  return `suspended: the cluster stays as it is while ${head.commit.slice(0, 7)} waits; resume with \`serin resume\``
}

function refusedMessage(
  { refusal, good }: { readonly refusal: Refusal | undefined; readonly good: Target | undefined },
  short: string,
): string {
  const [first, ...rest] = refusal?.problems ?? []
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`
  const stays = good ? `revision ${good.commit.slice(0, 7)} stays` : "the cluster stays as it is"
  return `${short} is not applied, nothing of it: ${first ? describeProblem(first) : ""}${more}; ${stays}. Correct it and push`
}

function counts({ created, changed }: Applied, { removed }: Pruned): string {
  const parts = [
    created.length === 0 ? "" : `${describeIds(created)} created`,
    changed.length === 0 ? "" : `${describeIds(changed)} changed`,
    removed.length === 0 ? "" : `${describeIds(removed)} removed`,
  ]
  return parts.filter((part) => part !== "").join("; ")
}
