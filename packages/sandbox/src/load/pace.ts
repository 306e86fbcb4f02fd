/** How far behind its schedule a worker may be and still catch up, in milliseconds. */
const maxLagMs = 20

/**
 * When requests of one worker are due at a steady rate. A worker that is held up by slow answers does not make up for
 * them with a burst, beyond the few milliseconds that timers are late: the rate is a limit.
 */
export class Schedule {
  readonly #intervalMs: number
  #next: number

  /** The first request is due one interval after `startMs`, as with hey. */
  constructor(perSecond: number, startMs: number) {
    this.#intervalMs = 1000 / perSecond
    this.#next = startMs + this.#intervalMs
  }

  /** When the next request may go, asked at `nowMs`; in the past or now: at once. */
  take(nowMs: number): number {
    const due = Math.max(this.#next, nowMs - maxLagMs)
    this.#next = due + this.#intervalMs
    return due
  }
}
