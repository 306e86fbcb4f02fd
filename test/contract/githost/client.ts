import { spawn } from "node:child_process"

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const limitMs = 60_000

/**
 * A person's program, but of this machine's configuration it sees nothing. Times and names are given, so that commits have
 * the same ids everywhere; hints are left out, since each version of git words them anew.
 */
export function runClient(
  program: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
  input?: string | Buffer,
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: folder,
    timeout: limitMs,
    env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", ...isolated, ...env },
  })
  const [stdout, stderr]: Buffer[][] = [[], []]
  child.stdout.on("data", (chunk: Buffer) => stdout?.push(chunk))
  child.stderr.on("data", (chunk: Buffer) => stderr?.push(chunk))
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on("error", () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      if (signal !== null) reject(new Error(`${program} ${args.join(" ")} was ended by ${signal}`))
      else resolve({ code: code ?? -1, stdout: join(stdout), stderr: join(stderr) })
    })
  })
}

const join = (chunks: readonly Buffer[] = []): string => Buffer.concat(chunks).toString("utf8")

const isolated = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
}

export const gitOptions = [
  ["init.defaultBranch", "main"],
  ["advice.detachedHead", "false"],
  ["advice.pushUpdateRejected", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
].flatMap(([name, value]) => ["-c", `${String(name)}=${String(value)}`])
