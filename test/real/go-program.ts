import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The Go modules of ours below `programs/`: each is one program of others', at the versions that its go.sum pins. */
export type GoProgram = "kubernetes" | "istiod" | "coredns" | "helm" | "promql"

/** Something the real world needs and this machine lacks; the message says how to get it. */
export class MissingRequirement extends Error {
  override readonly name = "MissingRequirement"
}

const sourceOf = (program: GoProgram): string => fileURLToPath(new URL(`./programs/${program}`, import.meta.url))

/** What is built or unpacked once, outside the repository, by what it is made of. */
export function cacheFolder(name: string, content: readonly (string | Buffer)[]): string {
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  const hash = createHash("sha256")
  for (const part of content) hash.update(part)
  const folder = join(base, "serin", `${name}-${hash.digest("hex").slice(0, 16)}`)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** `v1.36.3` as go.mod requires it: Kubernetes' programs report the version that is linked in by the build. */
function kubernetesVersionFlags(source: string): string[] {
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(readFileSync(join(source, "go.mod"), "utf8"))
  if (version === null) return []
  const [, gitVersion = "", gitMajor = "", gitMinor = ""] = version
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
    Object.entries({ gitVersion, gitMajor, gitMinor }).map(([name, value]) => `-X ${path}.${name}=${value}`),
  )
}

/**
 * The path of a program, built at the first use: some minutes on two cores, and Go's module proxy must be reachable. Later
 * calls take no time. Rejects with `MissingRequirement` without Go.
 */
export async function goProgram(program: GoProgram, log: (message: string) => void): Promise<string> {
  const source = sourceOf(program)
  const content = readdirSync(source).sort()
  const folder = cacheFolder(
    program,
    content.map((file) => readFileSync(join(source, file))),
  )
  const binary = join(folder, program)
  if (existsSync(binary)) return binary
  if (spawnSync("go", ["version"]).status !== 0) {
    throw new MissingRequirement(
      `Go is not on the PATH: install Go 1.26 or later (https://go.dev/dl) to build ${program}`,
    )
  }
  log(`building ${program}; this happens once and takes some minutes`)
  const began = Date.now()
  const unfinished = `${binary}.${String(process.pid)}`
  const flags = ["-s", "-w", ...kubernetesVersionFlags(source)].join(" ")
  const code = await new Promise<number | null>((resolve, reject) => {
    spawn("go", ["build", "-ldflags", flags, "-o", unfinished, "."], {
      cwd: source,
      stdio: ["ignore", "inherit", "inherit"],
    })
      .once("error", reject)
      .once("exit", resolve)
  })
  if (code !== 0) throw new Error(`go build in ${source} failed with exit code ${String(code)}`)
  renameSync(unfinished, binary)
  log(`building ${program} took ${((Date.now() - began) / 1000).toFixed(0)} s`)
  return binary
}
