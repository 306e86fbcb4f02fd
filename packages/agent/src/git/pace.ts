/** At most so many in any minute. */
export class Pace {
  readonly #perMinute: number
  #recent: number[] = []

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Milliseconds until the next may go; 0: now. */
  waitMs(now: number): number {
    this.#recent = this.#recent.filter((at) => now - at < 60_000)
    const oldest = this.#recent.at(-this.#perMinute)
    return oldest === undefined ? 0 : oldest + 60_000 - now
  }

  record(now: number): void {
    this.#recent.push(now)
  }
}
