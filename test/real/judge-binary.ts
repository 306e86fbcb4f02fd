import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const source = fileURLToPath(new URL("./judge", import.meta.url))
const versionVariables = ["gitVersion", "gitMajor", "gitMinor"] as const

/** Something the real world needs and this machine lacks; the message says how to get it. */
export class MissingRequirement extends Error {
  override readonly name = "MissingRequirement"
}

/** Where built binaries are kept: outside the repository, one folder per content of the module. */
function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  const hash = createHash("sha256")
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(source, file)))
  return join(base, "serin", `judge-${hash.digest("hex").slice(0, 16)}`)
}

/** `v1.36.3` as go.mod requires it: the programs report the version that is linked in by the build. */
function kubernetesVersion(): string {
  const version = /k8s\.io\/kubernetes (v\d+\.\d+\.\d+)/.exec(readFileSync(join(source, "go.mod"), "utf8"))?.[1]
  if (version === undefined) throw new Error(`no k8s.io/kubernetes version in ${source}/go.mod`)
  return version
}

function linkerFlags(version: string): string {
  const [major = "", minor = ""] = version.slice(1).split(".")
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  const sets = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
    versionVariables.map((name) => `-X ${path}.${name}=${values[name]}`),
  )
  return ["-s", "-w", ...sets].join(" ")
}

/**
 * The path of the judge (kube-apiserver, kube-controller-manager, kube-scheduler and kubectl in one), built at the
 * first use: some minutes on two cores, and Go's module proxy must be reachable. Later calls take no time.
 */
export async function judgeBinary(log: (message: string) => void): Promise<string> {
  const folder = cacheFolder()
  const binary = join(folder, "judge")
  if (existsSync(binary)) return binary
  if (spawnSync("go", ["version"]).status !== 0) {
    throw new MissingRequirement(
      "Go is not on the PATH: install Go 1.26 or later (https://go.dev/dl) to build the judge",
    )
  }
  const version = kubernetesVersion()
  log(`building the judge (Kubernetes ${version}); this happens once and takes some minutes`)
  mkdirSync(folder, { recursive: true })
  const unfinished = `${binary}.${String(process.pid)}`
  const args = ["build", "-ldflags", linkerFlags(version), "-o", unfinished, "."]
  const code = await new Promise<number | null>((resolve, reject) => {
    spawn("go", args, { cwd: source, stdio: ["ignore", "inherit", "inherit"] })
      .once("error", reject)
      .once("exit", resolve)
  })
  if (code !== 0) throw new Error(`go build in ${source} failed with exit code ${String(code)}`)
  renameSync(unfinished, binary)
  return binary
}
