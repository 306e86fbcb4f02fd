import { Collection } from "./collection.ts"

/** Changes that a collection remembers at least: a watcher that is further behind has to list again. */
const HISTORY_LIMIT = 2_000

/**
 * The state of the cluster: collections by storage name (`apps/deployments`), one revision counter for all, so that
 * resource versions of different kinds can be compared as etcd's can.
 */
export class Store {
  readonly #collections = new Map<string, Collection>()
  readonly #historyLimit: number
  #revision = 1

  constructor(historyLimit = HISTORY_LIMIT) {
    this.#historyLimit = historyLimit
  }

  /** Of the last write. */
  get revision(): number {
    return this.#revision
  }

  collection(name: string): Collection {
    let collection = this.#collections.get(name)
    if (collection === undefined) {
      collection = new Collection(() => ++this.#revision, this.#historyLimit)
      this.#collections.set(name, collection)
    }
    return collection
  }

  /** Forgets the past of every collection up to and with the revision; reading from before it answers 410 then. */
  compact(revision: number): void {
    for (const collection of this.#collections.values()) collection.compact(revision)
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`
}
