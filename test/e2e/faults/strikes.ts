import { existsSync } from "node:fs"
import { rename, rm, writeFile } from "node:fs/promises"
import { setTimeout as pause } from "node:timers/promises"

/**
 * Kills the agent at named boundaries between two effects (SERIN_CRASH_FILE): it removes the file as it dies, so a file that is
 * gone is a strike that hit.
 */
export class Strikes {
  readonly #file: string
  readonly #hits: string[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Boundaries at which the agent has died, in order. */
  get hits(): readonly string[] {
    return this.#hits
  }

  /** One after the other: the next is armed when the one before has struck, so each meets the agent that was started since. */
  async strike(boundaries: readonly string[], signal: AbortSignal): Promise<void> {
    for (const boundary of boundaries) {
      // Written whole or not at all: the agent may look at any moment.
      await writeFile(`${this.#file}.new`, boundary)
      await rename(`${this.#file}.new`, this.#file)
      while (existsSync(this.#file)) {
        if (signal.aborted) {
          await rm(this.#file, { force: true })
          return
        }
        await pause(20)
      }
      this.#hits.push(boundary)
    }
  }
}
