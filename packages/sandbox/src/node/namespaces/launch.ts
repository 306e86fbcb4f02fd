import { NodeError } from "../node.ts"
import { takeLine } from "../wire/lines.ts"
import { spawnPiped, type Spawned } from "../world/piped-program.ts"
import { killProcess, type Command, type Program } from "../world/program.ts"
import { spawnOnTerminal } from "../world/terminal-program.ts"
import { announcedPid } from "./shell.ts"

export interface LaunchedProgram extends Program {
  /** The process that was spawned and waits for the program; it has the world's root. */
  readonly launcher: number
}

/** Starts a script that announces the program's pid and becomes it. Rejects with SETUP_FAILED and what the script said. */
export async function launch({ tty }: { readonly tty: boolean }, command: Command): Promise<LaunchedProgram> {
  const spawned = tty ? await spawnOnTerminal(command) : await spawnPiped(command)
  const line = (await takeLine(spawned.stdout)) ?? ""
  const pid = announcedPid(line)
  if (pid === undefined) throw await setupFailure(spawned, line)
  return { ...spawned, pid, launcher: spawned.pid, kill: (signal) => void killProcess(pid, signal) }
}

async function setupFailure(spawned: Spawned, line: string): Promise<NodeError> {
  const said: Buffer[] = [Buffer.from(line + "\n")]
  for (const stream of [spawned.stdout, spawned.stderr]) for await (const chunk of stream) said.push(chunk as Buffer)
  await spawned.exit
  const text = Buffer.concat(said).toString("utf8").trim()
  return new NodeError("SETUP_FAILED", `the container could not be set up: ${text}`)
}
