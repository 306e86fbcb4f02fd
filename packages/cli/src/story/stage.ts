import { spawn, type ChildProcess } from "node:child_process"
import { join } from "node:path"
import type { Endpoints } from "../sandbox/endpoints.ts"
import { NotObserved, type Tool } from "./observation.ts"
import type { WorldTraits } from "./world-traits.ts"

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes that are no failure. Default: only 0. */
  readonly accept?: readonly number[]
  /** Do not show the command line (looking again and again at the same thing). */
  readonly quiet?: boolean
  /** Milliseconds. */
  readonly timeout?: number
  readonly input?: string
}

/** A program that goes on while the story does. */
export interface Background {
  /** Ends it as Ctrl-C does, and resolves to all that it printed. */
  stop(): Promise<string>
  /** Ends its input, after which it is to end by itself, and resolves to all that it printed. */
  endInput(): Promise<string>
  output(): string
  readonly exited: Promise<number>
}

export interface StageOptions {
  readonly endpoints: Endpoints
  /** Folder for clones and files of the people in the story. */
  readonly dir: string
  readonly kubeconfig: string
  /** Folder with the story's app versions and manifests (`examples/podinfo`). */
  readonly podinfo: string
  /** The `serin` program: node and its arguments before the command's own. */
  readonly serin: readonly string[]
  readonly tools: ReadonlySet<Tool>
  readonly world: WorldTraits
  readonly show: (line: string) => void
}

/**
 * What the people of the story have: programs, files, and the addresses of `endpoints.json`. Nothing here reaches into
 * the agent or the embedded world.
 */
export class Stage {
  readonly endpoints: Endpoints
  readonly dir: string
  readonly podinfo: string
  readonly tools: ReadonlySet<Tool>
  readonly world: WorldTraits
  readonly #options: StageOptions
  readonly #background = new Set<ChildProcess>()
  /** What one step found and a later one needs, e.g. a commit. */
  readonly memory = new Map<string, string>()
  /** The load from the load-test pod, while it runs. */
  load: Background | undefined

  constructor(options: StageOptions) {
    this.#options = options
    this.endpoints = options.endpoints
    this.dir = options.dir
    this.podinfo = options.podinfo
    this.tools = options.tools
    this.world = options.world
  }

  /** A line under the step: what was observed. */
  note(text: string): void {
    this.#options.show(`    ${text}`)
  }

  /** Runs a program to its end. A code that is not accepted, or a time-out, is a failure of the step. */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    if (!options.quiet) this.#showCommand(command, args)
    const child = this.#start(command, args, options)
    const timeout = options.timeout ?? 30_000
    const timer = setTimeout(() => child.process.kill("SIGKILL"), timeout)
    if (options.input === undefined) child.process.stdin?.end()
    else child.process.stdin?.end(options.input)
    const code = await child.exited
    clearTimeout(timer)
    const ran = { code, stdout: child.stdout(), stderr: child.stderr() }
    if (!(options.accept ?? [0]).includes(code)) {
      const why = code === -1 ? `did not end within ${timeout / 1000} s` : `ended with ${code}`
      throw new NotObserved(
        `\`${commandLine(command, args)}\` ${why}: ${(ran.stderr || ran.stdout).trim().slice(-600)}`,
      )
    }
    return ran
  }

  kubectl(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.run("kubectl", args, { ...options, env: { KUBECONFIG: this.#options.kubeconfig, ...options.env } })
  }

  serin(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const [program = "serin", ...before] = this.#options.serin
    if (!options.quiet) this.#showCommand("serin", args)
    return this.run(program, [...before, ...args], {
      ...options,
      quiet: true,
      env: { KUBECONFIG: this.#options.kubeconfig, ...options.env },
    })
  }

  git(cwd: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.run("git", args, { ...options, cwd: join(this.dir, cwd), env: { ...gitIdentity, ...options.env } })
  }

  background(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Background {
    this.#showCommand(command, [...args, "&"])
    const child = this.#start(command, args, { env: { KUBECONFIG: this.#options.kubeconfig, ...env } })
    this.#background.add(child.process)
    const ended = async (graceMs: number): Promise<string> => {
      const timer = setTimeout(() => child.process.kill("SIGKILL"), graceMs)
      await child.exited
      clearTimeout(timer)
      this.#background.delete(child.process)
      return child.stdout() + child.stderr()
    }
    return {
      exited: child.exited,
      output: () => child.stdout() + child.stderr(),
      stop: () => {
        child.process.kill("SIGINT")
        return ended(5_000)
      },
      endInput: () => {
        child.process.stdin.end()
        return ended(10_000)
      },
    }
  }

  /**
   * Looks until `probe` answers something, at most `seconds`; then the step fails with the last thing that was seen
   * instead. What a probe throws counts as not seen yet.
   */
  async until<T>(
    what: string,
    seconds: number,
    probe: () => Promise<T | undefined>,
    instead: () => string = () => "",
  ): Promise<T> {
    const deadline = Date.now() + seconds * 1000
    let last = ""
    for (;;) {
      try {
        const found = await probe()
        if (found !== undefined) return found
        last = instead()
      } catch (error) {
        last = error instanceof Error ? error.message : String(error)
      }
      if (Date.now() > deadline)
        throw new NotObserved(`${what}: not seen within ${seconds} s${last === "" ? "" : ` (${last})`}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** Ends what still runs in the background. */
  async close(): Promise<void> {
    const ended = [...this.#background].map(
      (child) => new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(0))),
    )
    for (const child of this.#background) child.kill("SIGKILL")
    await Promise.all(ended)
  }

  #showCommand(command: string, args: readonly string[]): void {
    this.#options.show(`  $ ${commandLine(command, args)}`)
  }

  #start(command: string, args: readonly string[], options: RunOptions) {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: "pipe" })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    // A program that ends before it has read its input is judged by its exit code.
    child.stdin.on("error", () => undefined)
    const exited = new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(new NotObserved(`${command} cannot be started: ${error.message}`)))
      child.once("close", (code) => resolve(code ?? -1))
    })
    return { process: child, exited, stdout: () => stdout, stderr: () => stderr }
  }
}

const gitIdentity = {
  GIT_AUTHOR_NAME: "Story",
  GIT_AUTHOR_EMAIL: "story@example.com",
  GIT_COMMITTER_NAME: "Story",
  GIT_COMMITTER_EMAIL: "story@example.com",
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_GLOBAL: "/dev/null",
}

/** As a person would type it; credentials in URLs and the secret path of a Slack webhook are left out. */
function commandLine(command: string, args: readonly string[]): string {
  return [command, ...args.map((arg) => (/^[\w@%+=:,./&-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))]
    .join(" ")
    .replace(/\/\/[^/@\s]+:[^/@\s]+@/g, "//***@")
    .replace(/\/services\/\S+/g, "/services/***")
}
