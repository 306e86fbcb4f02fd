import type { Readable, Writable } from "node:stream"
import { constants } from "node:os"
import type { Exit } from "../node.ts"

/** A started process, on pipes or on a terminal. */
export interface Program {
  /** In the pid namespace of the node process; of the program itself, not of what launched it. */
  readonly pid: number
  /** Undefined when it was started without. */
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  /** Empty with a terminal. */
  readonly stderr: Readable
  resize(columns: number, rows: number): void
  kill(signal: NodeJS.Signals): void
  /** Resolves when the process is gone and all it wrote can be read. */
  readonly exit: Promise<Exit>
}

export interface Command {
  /** Absolute path on the host. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin: boolean
}

/** As a shell counts: the program's own code, or 128 and the signal's number. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  return { exitCode: signal === null ? (code ?? 255) : 128 + constants.signals[signal] }
}

/** False when the process is gone, which is no error for who wanted it gone. */
export function killProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
    throw error
  }
}
