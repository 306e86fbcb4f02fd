import { EventEmitter } from "node:events"
import { createReadStream } from "node:fs"
import { appendFile, mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"
import type { Writable } from "node:stream"
import { ifMissing } from "../files/index.ts"

/** The log of one build: lines with the time of day, in a file, followed by whoever wants to. */
export class BuildLog {
  readonly #path: string
  readonly #lines = new EventEmitter<{ line: [string]; end: [] }>()
  #writing: Promise<void> = Promise.resolve()
  #ended = false

  constructor(path: string) {
    this.#path = path
    this.#lines.setMaxListeners(0)
  }

  say(line: string): void {
    const text = `${new Date().toISOString().slice(11, 23)} ${line}\n`
    void this.#inTurn(async () => {
      await mkdir(dirname(this.#path), { recursive: true })
      await appendFile(this.#path, text)
      this.#lines.emit("line", text)
    })
  }

  /** No more lines will come. Resolves, or rejects, with all that was said written. */
  async end(): Promise<void> {
    await this.#writing
    this.#ended = true
    this.#lines.emit("end")
  }

  /** Writes what there is, and with `follow` what comes until the end, then ends the target. */
  async copyTo(target: Writable, follow: boolean): Promise<void> {
    const later: string[] = []
    let passOn = (line: string): void => void later.push(line)
    const listener = (line: string): void => passOn(line)
    // Between two writes: what was said until now is in the file, what is said from now on comes by the event.
    const size = await this.#inTurn(async () => {
      this.#lines.on("line", listener)
      return (await stat(this.#path).catch((error: unknown) => ifMissing(error, undefined)))?.size ?? 0
    })
    try {
      if (size > 0) for await (const chunk of createReadStream(this.#path, { end: size - 1 })) target.write(chunk)
      for (const line of later) target.write(line)
      passOn = (line) => void target.write(line)
      if (follow && !this.#ended && !target.destroyed) {
        await new Promise<void>((resolve) => {
          this.#lines.once("end", resolve)
          target.once("close", resolve)
        })
      }
    } finally {
      this.#lines.off("line", listener)
    }
    target.end()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work)
    this.#writing = done.then(() => undefined)
    return done
  }
}
