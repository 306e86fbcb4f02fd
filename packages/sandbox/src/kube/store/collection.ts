import type { KubeObject } from "../client.ts"
import { deepFreeze } from "../json.ts"
import type { ObjectMeta } from "../types.gen.ts"
import { type Change, History } from "./history.ts"

export type Snapshot = ReadonlyMap<string, KubeObject>

/**
 * All objects of one resource, by key (`namespace/name`, or `name` where there are no namespaces), with the recent past.
 * Objects are frozen on the way in and shared with every reader. Writes happen at once and in one piece: whoever
 * checks and writes in the same turn of the event loop needs no lock.
 */
export class Collection {
  readonly #objects = new Map<string, KubeObject>()
  readonly #history: History
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #nextRevision: () => number
  #sortedKeys: readonly string[] | undefined

  constructor(nextRevision: () => number, historyLimit: number) {
    this.#nextRevision = nextRevision
    this.#history = new History(historyLimit)
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key)
  }

  /** Creates or replaces; the stored object, with its new resourceVersion. */
  put(key: string, object: KubeObject): KubeObject {
    const revision = this.#nextRevision()
    const stored = stamped(object, revision)
    const previous = this.#objects.get(key)
    this.#objects.set(key, stored)
    if (previous === undefined) this.#sortedKeys = undefined
    this.#commit(
      previous === undefined
        ? { revision, type: "ADDED", key, object: stored }
        : { revision, type: "MODIFIED", key, object: stored, previous },
    )
    return stored
  }

  /** Removes what is stored. `last` is the state that watchers see go, the stored one unless given. */
  remove(key: string, last?: KubeObject): KubeObject | undefined {
    const previous = this.#objects.get(key)
    if (previous === undefined) return undefined
    const revision = this.#nextRevision()
    this.#objects.delete(key)
    this.#sortedKeys = undefined
    const object = stamped(last ?? previous, revision)
    this.#commit({ revision, type: "DELETED", key, object, previous })
    return object
  }

  /** In the order of their keys. */
  list(): KubeObject[] {
    this.#sortedKeys ??= [...this.#objects.keys()].sort()
    const objects: KubeObject[] = []
    for (const key of this.#sortedKeys) {
      const object = this.#objects.get(key)
      if (object !== undefined) objects.push(object)
    }
    return objects
  }

  /** What the collection held right after the revision was written, undefined if that is no longer known. */
  at(revision: number): Snapshot | undefined {
    const since = this.#history.since(revision)
    if (since === undefined) return undefined
    if (since.length === 0) return this.#objects
    const objects = new Map(this.#objects)
    for (const { key, previous } of since.toReversed()) {
      if (previous === undefined) objects.delete(key)
      else objects.set(key, previous)
    }
    return objects
  }

  /** The changes after the revision, undefined if the history does not reach back so far. */
  since(revision: number): readonly Change[] | undefined {
    return this.#history.since(revision)
  }

  /** The oldest revision that `since` still answers. */
  get compacted(): number {
    return this.#history.compacted
  }

  compact(revision: number): void {
    this.#history.compact(revision)
  }

  /** Called inside each write, in order: a listener queues and returns. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #commit(change: Change): void {
    this.#history.add(change)
    for (const listener of this.#listeners) listener(change)
  }
}

function stamped(object: KubeObject, revision: number): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object
  return deepFreeze({
    kind,
    apiVersion,
    metadata: inOrder({ ...metadata, resourceVersion: String(revision) }),
    ...rest,
  })
}

/** The order in which the real server writes metadata. */
const METADATA_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const satisfies readonly (keyof ObjectMeta)[]

function inOrder(metadata: ObjectMeta): ObjectMeta {
  const ordered: Record<string, unknown> = {}
  for (const field of METADATA_FIELDS) if (metadata[field] !== undefined) ordered[field] = metadata[field]
  return ordered
}
