import { spawn, type ChildProcess } from "node:child_process"
import { createWriteStream } from "node:fs"
import { once } from "node:events"

export interface AgentProcessOptions {
  /** node and the program with its arguments. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where its log lines go. */
  readonly logFile: string
  readonly onExit: (code: number | null, signal: NodeJS.Signals | null) => void
}

const firstPause = 200
const longestPause = 5_000
/** A process that lived this long starts with the first pause again. */
const healthy = 10_000

/**
 * Keeps the agent running on the host, as a kubelet keeps a pod: when it ends it is started again, after a pause that
 * grows while it fails at once.
 */
export class AgentProcess {
  readonly #options: AgentProcessOptions
  readonly #log: ReturnType<typeof createWriteStream>
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #pause = firstPause
  #closing = false

  constructor(options: AgentProcessOptions) {
    this.#options = options
    this.#log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 })
    this.#start()
  }

  /** Of the running process. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM")
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000)
      await once(child, "exit")
      clearTimeout(timer)
    }
    this.#log.end()
  }

  #start(): void {
    const [program = process.execPath, ...args] = this.#options.command
    const started = Date.now()
    const child = spawn(program, args, {
      env: { ...process.env, ...this.#options.env },
      stdio: ["ignore", "pipe", "pipe"],
    })
    this.#child = child
    child.stdout.pipe(this.#log, { end: false })
    child.stderr.pipe(this.#log, { end: false })
    child.once("exit", (code, signal) => {
      if (this.#closing) return
      this.#options.onExit(code, signal)
      this.#pause = Date.now() - started > healthy ? firstPause : Math.min(longestPause, this.#pause * 2)
      this.#timer = setTimeout(() => this.#start(), this.#pause)
    })
  }
}
