import type { Clock } from "./clock.ts"

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>()
  #now: number

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  schedule(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, ms), run }
    this.#waiting.add(entry)
    return () => this.#waiting.delete(entry)
  }

  /** How many callbacks wait, and when the next is due, in ms from now. */
  get pending(): { readonly count: number; readonly nextIn: number | undefined } {
    const next = this.#next()
    return { count: this.#waiting.size, nextIn: next && next.at - this.#now }
  }

  /** Moves time on, calling what becomes due in order and letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settle()
      const next = this.#next()
      if (!next || next.at > end) break
      this.#now = next.at
      this.#waiting.delete(next)
      next.run()
    }
    this.#now = end
    await settle()
  }

  #next(): { readonly at: number; readonly run: () => void } | undefined {
    let first: { readonly at: number; readonly run: () => void } | undefined
    for (const entry of this.#waiting) if (!first || entry.at < first.at) first = entry
    return first
  }
}

/** Lets everything that is ready to run do so: a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
