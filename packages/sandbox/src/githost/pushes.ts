import { randomUUID } from "node:crypto"
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"

/** A ref that a push has changed; all zeros stand for "was not there" and "is gone". */
export interface RefChange {
  readonly ref: string
  readonly before: string
  readonly after: string
}

export const zeroId = "0".repeat(40)

/** Receives what git's post-receive hook is told: exactly the refs that were changed, none that were refused. */
export interface PushRecord {
  /** Arguments for git, before the subcommand. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** To be asked once, after git has ended. */
  changes(): Promise<readonly RefChange[]>
}

/** Makes the hook, and a record for each push. */
export class PushRecorder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async prepare(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(join(this.#folder, "hooks"), { recursive: true })
    const hook = join(this.#folder, "hooks", "post-receive")
    await writeFile(hook, '#!/bin/sh\ncat > "$SERIN_PUSH_RECORD"\n')
    await chmod(hook, 0o755)
  }

  record(): PushRecord {
    const file = join(this.#folder, randomUUID())
    return {
      args: ["-c", `core.hooksPath=${join(this.#folder, "hooks")}`],
      env: { SERIN_PUSH_RECORD: file },
      async changes() {
        const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
          // git runs the hook only when something changed.
          if (error.code === "ENOENT") return ""
          throw error
        })
        await rm(file, { force: true })
        return parseChanges(text)
      },
    }
  }
}

function parseChanges(text: string): RefChange[] {
  return text.split("\n").flatMap((line) => {
    const [before, after, ref] = line.split(" ")
    return before && after && ref ? [{ ref, before, after }] : []
  })
}
