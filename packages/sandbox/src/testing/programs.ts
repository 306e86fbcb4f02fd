import { execFile, spawnSync } from "node:child_process"
import { promisify } from "node:util"

/** Whether a program can be started: tests against real clients run where these are. */
export function isInstalled(program: string, ...args: string[]): boolean {
  return spawnSync(program, args.length > 0 ? args : ["--version"], { stdio: "ignore", timeout: 10_000 }).status === 0
}

const execFileAsync = promisify(execFile)

/** Runs a program to its end and resolves to what it printed; rejects with its error output when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout } = await execFileAsync(program, args, { timeout: 60_000, maxBuffer: 1 << 26, ...options })
  return stdout
}
