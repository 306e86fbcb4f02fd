import type { KubeObject } from "../client.ts"

/** One committed write. For a DELETED change `object` is the last state, with the revision of the deletion. */
export interface Change {
  readonly revision: number
  readonly type: "ADDED" | "MODIFIED" | "DELETED"
  readonly key: string
  readonly object: KubeObject
  /** The state before; absent for ADDED. */
  readonly previous?: KubeObject
}

/**
 * The newest changes of one collection, oldest first. It can be read forwards (what happened since a revision) and, since
 * each change holds the state before it, backwards (what the collection held at a revision).
 */
export class History {
  readonly #limit: number
  #changes: Change[] = []
  #compacted = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The newest revision that was forgotten: changes after it are all here. */
  get compacted(): number {
    return this.#compacted
  }

  add(change: Change): void {
    this.#changes.push(change)
    // Dropping in batches keeps the cost of a write constant.
    if (this.#changes.length >= this.#limit * 2) this.#forget(this.#changes.length - this.#limit)
  }

  /** Forgets every change up to and with the revision. */
  compact(revision: number): void {
    this.#forget(this.#firstAfter(revision))
    this.#compacted = Math.max(this.#compacted, revision)
  }

  /** Undefined: the history does not reach back so far. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#compacted) return undefined
    return this.#changes.slice(this.#firstAfter(revision))
  }

  #forget(count: number): void {
    const forgotten = this.#changes[count - 1]
    if (forgotten === undefined) return
    this.#compacted = Math.max(this.#compacted, forgotten.revision)
    this.#changes = this.#changes.slice(count)
  }

  #firstAfter(revision: number): number {
    let low = 0
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#changes[middle]?.revision ?? Infinity) <= revision) low = middle + 1
      else high = middle
    }
    return low
  }
}
