import { messageOf, SerinError } from "../errors.ts"
import { backoffMs, defaultBackoff, type Backoff } from "./backoff.ts"
import type { Clock } from "./clock.ts"
import type { Log } from "./log.ts"
import type { Outcome } from "./outcome.ts"

export interface QueueOptions {
  /** Names the reconciler in log lines. */
  readonly name: string
  /** Reads the world now and acts on that. The signal aborts when the queue closes; long waits end then. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>
  readonly clock: Clock
  readonly log: Log
  /** Different keys that may run at once. Default 4. */
  readonly concurrency?: number
  readonly backoff?: Backoff
  /** In [0, 1), for spreading retries. */
  readonly random?: () => number
  /** Told of every failure, e.g. to put it on the event stream. */
  readonly onFailure?: (key: string, error: SerinError, failures: number) => void
}

interface Entry {
  running: boolean
  /** Asked for while running: run once more afterwards. */
  again: boolean
  failures: number
  /** Calls off the pending timer. */
  cancel: (() => void) | undefined
}

/**
 * Keys waiting to be reconciled. A key waits at most once, never runs twice at the same time, and keeps its own back-off.
 * `add` runs a key now, also one that is backing off: an event is news, while the count of its failures stays.
 */
export class WorkQueue {
  readonly #options: QueueOptions
  readonly #entries = new Map<string, Entry>()
  readonly #ready = new Set<string>()
  readonly #stop = new AbortController()
  #running = 0
  #idle: (() => void)[] = []

  constructor(options: QueueOptions) {
    this.#options = options
  }

  add(key: string): void {
    if (this.#stop.signal.aborted) return
    const entry = this.#entry(key)
    this.#call(entry)
    if (entry.running) {
      entry.again = true
      return
    }
    this.#ready.add(key)
    this.#pump()
  }

  /** Takes no more keys, aborts the signal of running reconciles and resolves when they have returned. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#ready.clear()
    for (const entry of this.#entries.values()) this.#call(entry)
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    this.#entries.clear()
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { running: false, again: false, failures: 0, cancel: undefined }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #call(entry: Entry): void {
    entry.cancel?.()
    entry.cancel = undefined
  }

  #pump(): void {
    for (const key of this.#ready) {
      if (this.#running >= (this.#options.concurrency ?? 4)) return
      this.#ready.delete(key)
      void this.#run(key, this.#entry(key))
    }
  }

  async #run(key: string, entry: Entry): Promise<void> {
    entry.running = true
    this.#running += 1
    const outcome = await this.#outcome(key)
    entry.running = false
    this.#running -= 1
    if (this.#stop.signal.aborted) {
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    this.#settle(key, entry, outcome)
    this.#pump()
  }

  async #outcome(key: string): Promise<Outcome> {
    try {
      return await this.#options.reconcile(key, this.#stop.signal)
    } catch (error) {
      if (error instanceof SerinError) return { kind: "failed", error }
      // A programming error: the other keys go on, and the stack is where a developer finds it.
      this.#options.log("reconcile threw", {
        queue: this.#options.name,
        key,
        stack: error instanceof Error ? error.stack : undefined,
      })
      const internal = new SerinError("INTERNAL", `${this.#options.name} ${key}: ${messageOf(error)}`, { cause: error })
      return { kind: "failed", error: internal }
    }
  }

  #settle(key: string, entry: Entry, outcome: Outcome): void {
    const wait = this.#wait(key, entry, outcome)
    if (entry.again) {
      entry.again = false
      this.#ready.add(key)
    } else if (wait === undefined) {
      if (outcome.kind === "done") this.#entries.delete(key)
    } else {
      entry.cancel = this.#options.clock.schedule(wait, () => this.add(key))
    }
  }

  /** Milliseconds until the key runs by itself, undefined when only an event brings it back. */
  #wait(key: string, entry: Entry, outcome: Outcome): number | undefined {
    if (outcome.kind !== "failed") {
      entry.failures = 0
      return outcome.kind === "after" ? outcome.ms : undefined
    }
    const { error } = outcome
    entry.failures += 1
    const { name, log, onFailure } = this.#options
    const { code, message, next } = error
    log("reconcile failed", { queue: name, key, code, error: message, next, failures: entry.failures })
    onFailure?.(key, error, entry.failures)
    if (error.retry === "never") return undefined
    if (error.retryAfterMs !== undefined) return error.retryAfterMs
    // "now" is for a lost race; one that is lost again and again is something else and backs off too.
    if (error.retry === "now" && entry.failures <= 5) return 0
    return backoffMs(this.#options.backoff ?? defaultBackoff, entry.failures, (this.#options.random ?? Math.random)())
  }
}
