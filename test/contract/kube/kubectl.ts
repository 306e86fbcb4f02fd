import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Target } from "./target.ts"

export interface Output {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface KubectlInput {
  readonly stdin?: string
  /** Written into the folder that kubectl runs in, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Command that edits the file given as its last argument. */
  readonly editor?: string
}

/** kubectl with a home and a kubeconfig of its own: nothing of the user's, nothing cached by an earlier case. */
export class Kubectl {
  readonly #folder: string
  constructor(
    private readonly binary: readonly string[],
    target: Target,
    namespace: string,
  ) {
    this.#folder = mkdtempSync(join(tmpdir(), "serin-kubectl-"))
    mkdirSync(join(this.#folder, "home"))
    mkdirSync(join(this.#folder, "work"))
    writeFileSync(join(this.#folder, "ca.crt"), target.ca)
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "test", cluster: { server: target.url, "certificate-authority": join(this.#folder, "ca.crt") } },
      ],
      users: [{ name: "admin", user: { token: target.token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin", namespace } }],
      "current-context": "test",
    }
    writeFileSync(join(this.#folder, "kubeconfig"), JSON.stringify(config), { mode: 0o600 })
  }

  /** Runs one command line; quotes group words as in a shell, nothing else is special. At most 60 s. */
  async run(line: string, input: KubectlInput = {}): Promise<Output> {
    const work = join(this.#folder, "work")
    for (const [name, content] of Object.entries(input.files ?? {})) writeFileSync(join(work, name), content)
    const [command = "kubectl", ...first] = this.binary
    const child = spawn(command, [...first, ...words(line)], {
      cwd: work,
      timeout: 60_000,
      killSignal: "SIGKILL",
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: join(this.#folder, "home"),
        KUBECONFIG: join(this.#folder, "kubeconfig"),
        LC_ALL: "C",
        TZ: "UTC",
        ...(input.editor !== undefined && { KUBE_EDITOR: input.editor }),
      },
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on("error", (error) => stderr.push(Buffer.from(`stdin: ${error.message}\n`)))
    child.stdin.end(input.stdin ?? "")
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", resolve)
    })
    return { code, stdout: Buffer.concat(stdout).toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** `get pods -l 'app in (a, b)'` → its words. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|((?:[^\s'"]|'[^']*'|"[^"]*")+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? (bare ?? "").replace(/['"]/g, ""),
  )
}
