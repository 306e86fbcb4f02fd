import { setTimeout as delay } from "node:timers/promises"
import { request } from "undici"
import type { Log } from "../log.ts"

/** One HTTP POST to be made. */
interface Letter {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How one letter fared at its last attempt. */
export interface Delivery {
  readonly letter: Letter
  readonly attempts: number
  /** HTTP status of the last answer; absent when there was none. */
  readonly status?: number
  /** Why there was no answer. */
  readonly error?: string
  readonly outcome: "delivered" | "retrying" | "given-up"
  /** RFC 3339 */
  readonly at: string
}

export interface OutboxOptions {
  readonly log: Log
  readonly onAttempt?: (delivery: Delivery) => void
  /** Wait before the first retry and the longest wait, in milliseconds; each wait is twice the one before. */
  readonly firstRetryMs?: number
  readonly longestRetryMs?: number
  /** Attempts in all, after which the letter is given up. */
  readonly attempts?: number
  /** Time for one attempt. */
  readonly timeoutMs?: number
  /** Letters waiting per URL, beyond which the oldest is given up. */
  readonly capacity?: number
}

/**
 * Sends letters, in order per URL, so that a slow receiver holds up nobody but itself. A letter is retried with back-off
 * when nothing answered, or 408, 429 or 5xx did; any other answer is final, since the same request would meet it again.
 */
export class Outbox {
  readonly #options: Required<Omit<OutboxOptions, "onAttempt">> & Pick<OutboxOptions, "onAttempt">
  readonly #queues = new Map<string, Letter[]>()
  readonly #workers = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: OutboxOptions) {
    this.#options = {
      firstRetryMs: 100,
      longestRetryMs: 10_000,
      attempts: 12,
      timeoutMs: 10_000,
      capacity: 1_000,
      ...options,
    }
  }

  send(letter: Letter): void {
    if (this.#closing.signal.aborted) return
    const queue = this.#queues.get(letter.url)
    if (queue) {
      queue.push(letter)
      // The head is under way, so the oldest one waiting is the second.
      const dropped = queue.length > this.#options.capacity ? queue.splice(1, 1)[0] : undefined
      if (dropped) this.#report({ letter: dropped, attempts: 0, error: "too many wait for this receiver" }, "given-up")
      return
    }
    const started = [letter]
    this.#queues.set(letter.url, started)
    const worker = this.#work(letter.url, started)
    this.#workers.add(worker)
    void worker.finally(() => this.#workers.delete(worker))
  }

  /** Drops what waits and ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#workers)
  }

  async #work(url: string, queue: Letter[]): Promise<void> {
    for (let letter = queue[0]; letter && !this.#closing.signal.aborted; letter = queue[0]) {
      await this.#deliver(letter)
      queue.shift()
    }
    this.#queues.delete(url)
  }

  async #deliver(letter: Letter): Promise<void> {
    const { attempts, firstRetryMs, longestRetryMs } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#post(letter)
      if (this.#closing.signal.aborted) return
      const status = "status" in result ? result.status : undefined
      const passing = status === undefined || status === 408 || status === 429 || status >= 500
      const outcome = !passing && status < 400 ? "delivered" : passing && attempt < attempts ? "retrying" : "given-up"
      this.#report({ letter, attempts: attempt, ...result }, outcome)
      if (outcome !== "retrying") return
      const pause = Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs)
      // Aborted by close(): the loop in #work sees it and ends.
      await delay(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    }
  }

  async #post(letter: Letter): Promise<{ status: number } | { error: string }> {
    try {
      const response = await request(letter.url, {
        method: "POST",
        headers: letter.headers,
        body: letter.body,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      })
      await response.body.dump()
      return { status: response.statusCode }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  #report(result: Omit<Delivery, "outcome" | "at">, outcome: Delivery["outcome"]): void {
    this.#options.onAttempt?.({ ...result, outcome, at: new Date().toISOString() })
    if (outcome === "delivered") return
    const { letter, attempts, status, error } = result
    // The address may carry a secret in its path or query: the log gets the host only.
    const fields = { id: letter.id, receiver: new URL(letter.url).host, attempts, status, error }
    this.#options.log(outcome === "retrying" ? "delivery failed, will be tried again" : "delivery given up", fields)
  }
}
