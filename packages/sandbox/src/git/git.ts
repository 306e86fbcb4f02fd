import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { promisify } from "node:util"

const execFileAsync = promisify(execFile)

/**
 * The environment of every git that runs here: nothing of the user's or the machine's configuration, hooks, templates,
 * credential helpers or prompts takes part. Only PATH is inherited, to find git and the shell of its hook.
 */
function gitEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    LC_ALL: "C",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_TEMPLATE_DIR: "",
    ...extra,
  }
}

interface GitRun {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  /** Milliseconds; default one minute. */
  readonly timeout?: number
}

/** Runs git to its end and resolves to its output; rejects with what git said when it fails. */
export async function git(args: readonly string[], options: GitRun = {}): Promise<string> {
  const running = execFileAsync("git", args, {
    cwd: options.cwd,
    env: gitEnvironment(options.env ?? {}),
    timeout: options.timeout ?? 60_000,
    maxBuffer: 1 << 26,
  })
  // A git that ends without reading its input is judged by its exit code, not by the broken pipe.
  running.child.stdin?.on("error", () => undefined)
  running.child.stdin?.end(options.input)
  return (await running).stdout
}

/** Starts a git that talks to a client. */
export function spawnGit(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn("git", args, { env: gitEnvironment(env) })
}

/** Rejects with the next step when there is no git. `who` needs it. */
export async function requireGit(who: string): Promise<void> {
  try {
    await git(["--version"])
  } catch (error) {
    throw new Error(`The ${who} needs git on the PATH, and it could not be started. Install git and start again.`, {
      cause: error,
    })
  }
}
