import { ApiError } from "../../kube/index.ts"
import type { Log } from "../../log.ts"

/** What a reconcile says about its key: nothing more to do until something changes, or look again after that long. */
export type Outcome = { readonly afterMs: number } | undefined

export type Reconcile = (key: string) => Promise<Outcome>

const FIRST_BACKOFF_MS = 5
const LONGEST_BACKOFF_MS = 30_000

/**
 * Keys to be reconciled, one at a time and each at most once in the queue: a key that is added while it waits is not
 * added again, one that is added while it is worked on is worked on again. A failure tries again, ever later.
 */
export class WorkQueue {
  readonly #waiting = new Set<string>()
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>()
  readonly #failures = new Map<string, number>()
  #running: Promise<void> | undefined
  #closed = false

  constructor(
    private readonly name: string,
    private readonly reconcile: Reconcile,
    private readonly log: Log,
  ) {}

  add(key: string): void {
    if (this.#closed) return
    this.#waiting.add(key)
    this.#start()
  }

  /** Adds the key after a time; of several such calls for a key the earliest counts. */
  addAfter(key: string, afterMs: number): void {
    const at = performance.now() + afterMs
    const pending = this.#timers.get(key)
    if (this.#closed || (pending !== undefined && pending.at <= at)) return
    clearTimeout(pending?.timer)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.add(key)
    }, afterMs)
    this.#timers.set(key, { timer, at })
  }

  /** Resolves when the key that is being worked on is done; the others are dropped. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    await this.#running
  }

  #start(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#waiting.size > 0) this.#start()
    })
  }

  async #work(): Promise<void> {
    // Callers add several keys in a row, and a change often comes with others: begin after them.
    await new Promise((resolve) => setImmediate(resolve))
    for (const key of this.#waiting) {
      this.#waiting.delete(key)
      await this.#workOn(key)
    }
  }

  async #workOn(key: string): Promise<void> {
    try {
      const outcome = await this.reconcile(key)
      this.#failures.delete(key)
      if (outcome !== undefined) this.addAfter(key, outcome.afterMs)
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0
      this.#failures.set(key, failures + 1)
      // A conflict only says that somebody else wrote first: it is read again and decided anew.
      const expected = error instanceof ApiError && error.reason === "Conflict"
      if (!expected)
        this.log("reconcile failed, will be tried again", { controller: this.name, key, error: String(error) })
      this.addAfter(key, Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS))
    }
  }
}
