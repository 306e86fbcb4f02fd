import { spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import type { Exit } from "../node.ts"
import { exitOf, type Command } from "./program.ts"

/** What has been spawned; in namespaces, it launches the program that was asked for. */
export interface Spawned {
  readonly pid: number
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable
  resize(columns: number, rows: number): void
  readonly exit: Promise<Exit>
}

/** How long what a dead program's children still hold open is waited for. */
const drainLimit = 2_000

/** Starts a command on pipes, in a session of its own. Rejects as spawn(2) fails. */
export async function spawnPiped(command: Command): Promise<Spawned> {
  const child = spawn(command.file, command.args, {
    env: command.env,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    stdio: [command.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  })
  const exit = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      const settle = (): void => resolve(exitOf(code, signal))
      child.once("close", settle)
      // A process that it left behind may hold the pipes for ever.
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, drainLimit).unref()
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve)
    child.once("error", reject)
  })
  // A program that does not read its stdin breaks the pipe; that is its right.
  child.stdin?.on("error", () => child.stdin?.destroy())
  const { pid, stdout, stderr } = child
  if (pid === undefined || stdout === null || stderr === null) throw new Error(`${command.file} has no pipes`)
  return { pid, stdin: child.stdin ?? undefined, stdout, stderr, resize: () => undefined, exit }
}
