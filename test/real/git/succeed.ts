import { spawnSync } from "node:child_process"

/** Runs a program that must not fail. */
export function succeed(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, stderr, error } = spawnSync(program, args, { env })
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stderr.toString()}`)
}
