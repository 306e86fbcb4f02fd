import type { KubeObject } from "./types.ts"

/** `namespace/name`, or `name` for cluster-scoped kinds. */
export type ObjectName = string

/**
 * The present objects of one kind, kept up to date by list and watch. Handlers are told only names: whoever acts reads the
 * world as it is by then.
 */
export interface Informer<T extends KubeObject> {
  get(name: ObjectName): T | undefined
  list(): readonly T[]
  /** Resource version that the store stands at; undefined before the first list and while it is listed anew. */
  readonly version: string | undefined
  /** Resolves when the first list is in; never rejects: while the API is away it waits and says so in the log. */
  synced(): Promise<void>
  /** Called after the store changed, once per change. Returns how to end it. */
  onChange(handler: (name: ObjectName) => void): () => void
  close(): Promise<void>
}
