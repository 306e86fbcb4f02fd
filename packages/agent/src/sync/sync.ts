import { formatObjectId, groupOf, type ObjectId } from "@serin/core"
import type { SyncDiff } from "../api/types.ts"
import { fail, SerinError, type Result } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { Informer, KubeClient, ObjectRef } from "../kube/index.ts"
import type { ObjectSyncState, RepositorySyncState, Revision, SyncStates } from "../parts.ts"
import { done, failed, WorkQueue, type Clock, type CrashPoint, type Log, type Outcome } from "../runtime/index.ts"
import { keyOf, type RepositoryKey, type RepositoryObject, type Source, type StatusWriter } from "../source/index.ts"
import { diffOf } from "./diff.ts"
import { DriftMemory } from "./drift-memory.ts"
import { about, follow } from "./follow.ts"
import type { SyncState } from "./state.ts"
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
      backoff: { firstMs: 250, maxMs: 10_000 },
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
    if (repository.spec.suspend) {
      const condition = { type: "Ready", status: "False", reason: "Suspended", message: suspended(head) } as const
      const error = await this.#options.status.write(key, repository, { head: head.commit, condition })
      return error ? failed(error) : done
    }
    const claimedBy = (id: ObjectId, except: RepositoryKey) => this.#claims(id, except)
    return follow({ key, repository, head, state, signal }, { ...this.#options, claimedBy })
  }

  async #state(key: RepositoryKey, repository: RepositoryObject): Promise<SyncState> {
    const account = `${repository.metadata.uid ?? ""} ${repository.spec.serviceAccountName ?? "default"}`
    const present = this.#states.get(key)
    if (present?.account === account) return present
    await present?.watches.close()
    const { source, clock, log, status } = this.#options
    const state: SyncState = {
      watches: new Watches({
        client: source.kubeFor(key),
        clock,
        log,
        onChange: (id) => this.#onObject(key, id),
        onLateList: () => this.#queue.add(key),
      }),
      drifts: new DriftMemory(),
      tracked: new Map(),
      held: new Map(),
      inventory: status.current(key, repository).inventory ?? [],
      head: undefined,
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

  #sayFailure(key: RepositoryKey, error: SerinError, failures: number): void {
    const repository = this.#options.informer.get(key)
    if (!repository || failures !== 1) return
    const message = `${error.message}. ${error.next}`
    this.#options.events.emit({ kind: "error", severity: "warning", ...about(repository), message })
  }
}

function suspended(head: Revision): string {
  return `suspended: the cluster stays as it is while ${head.commit.slice(0, 7)} waits; resume with \`serin resume\``
}
