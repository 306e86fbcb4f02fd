import { sameJson } from "@serin/core"
import type { SerinError } from "../errors.ts"
import type { KubeClient } from "../kube/index.ts"
import type { Clock, CrashPoint } from "../runtime/index.ts"
import {
  repositoryKind,
  type Condition,
  type RepositoryKey,
  type RepositoryObject,
  type RepositoryStatus,
} from "./repository.ts"

/** What one reconciler says about a Repository. `undefined` leaves a field as it is. */
export interface StatusChange extends Omit<Partial<RepositoryStatus>, "conditions" | "notified"> {
  readonly condition?: Omit<Condition, "lastTransitionTime" | "observedGeneration">
}

export interface StatusWriterOptions {
  readonly kube: KubeClient
  readonly clock: Clock
  readonly at: CrashPoint
}

/**
 * Writes the status of Repositories: only what changed, one write at a time per Repository, so that the reconcilers that
 * share it do not undo each other. It remembers what it wrote, since informers see it later.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions
  readonly #known = new Map<RepositoryKey, { readonly uid: string | undefined; readonly status: RepositoryStatus }>()
  readonly #last = new Map<RepositoryKey, Promise<unknown>>()

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /** As last written, or as the object has it. */
  current(key: RepositoryKey, repository: RepositoryObject): RepositoryStatus {
    const known = this.#known.get(key)
    return known && known.uid === repository.metadata.uid ? known.status : (repository.status ?? {})
  }

  /** A failure is that of the API; it is the caller's to try again. */
  async write(key: RepositoryKey, repository: RepositoryObject, change: StatusChange): Promise<SerinError | undefined> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before.then(() => this.#write(key, repository, change))
    this.#last.set(key, turn)
    return turn
  }

  async #write(
    key: RepositoryKey,
    repository: RepositoryObject,
    change: StatusChange,
  ): Promise<SerinError | undefined> {
    const now = this.current(key, repository)
    const next = this.#merge(now, change, repository)
    const patch = Object.fromEntries(
      Object.entries(next).filter(([name, value]) => !sameJson(value, now[name as keyof RepositoryStatus])),
    )
    if (Object.keys(patch).length === 0) return undefined
    const { name, namespace } = repository.metadata
    await this.#options.at("status:before")
    const ref = { ...repositoryKind, name, namespace }
    const written = await this.#options.kube.patch(ref, "merge", { status: patch }, { subresource: "status" })
    await this.#options.at("status:after")
    if (!written.ok) return written.error
    this.#known.set(key, { uid: repository.metadata.uid, status: next })
    return undefined
  }

  #merge(now: RepositoryStatus, change: StatusChange, repository: RepositoryObject): RepositoryStatus {
    const { condition, ...fields } = change
    const stated = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    if (!condition) return { ...now, ...stated }
    const old = now.conditions?.find(({ type }) => type === condition.type)
    const flipped = old?.status !== condition.status || old.reason !== condition.reason
    const full: Condition = {
      ...condition,
      lastTransitionTime: flipped || !old ? new Date(this.#options.clock.now()).toISOString() : old.lastTransitionTime,
      ...(repository.metadata.generation === undefined ? {} : { observedGeneration: repository.metadata.generation }),
    }
    const others = (now.conditions ?? []).filter(({ type }) => type !== condition.type)
    const conditions = [...others, full].toSorted((a, b) => a.type.localeCompare(b.type))
    return { ...now, ...stated, conditions }
  }
}
