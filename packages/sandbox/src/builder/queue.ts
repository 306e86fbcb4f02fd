/**
 * Runs work a few at a time, in order; work with the same key never at the same time. Work must not reject.
 */
export class Queue {
  readonly #atOnce: number
  #waiting: { readonly key: string; readonly work: () => Promise<void> }[] = []
  readonly #running = new Map<string, Promise<void>>()
  readonly #idle: (() => void)[] = []
  #closed = false

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  add(key: string, work: () => Promise<void>): void {
    this.#waiting.push({ key, work })
    this.#next()
  }

  /** Resolves as soon as nothing waits or runs. */
  idle(): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Drops what waits and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting = []
    await Promise.all(this.#running.values())
  }

  #next(): void {
    while (!this.#closed && this.#running.size < this.#atOnce) {
      const index = this.#waiting.findIndex(({ key }) => !this.#running.has(key))
      const [chosen] = index < 0 ? [] : this.#waiting.splice(index, 1)
      if (!chosen) break
      const running = chosen.work().finally(() => {
        this.#running.delete(chosen.key)
        this.#next()
      })
      this.#running.set(chosen.key, running)
    }
    if (this.#running.size === 0 && this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
