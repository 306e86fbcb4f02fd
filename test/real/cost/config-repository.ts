import { execFile } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { startGitHost } from "../../../packages/sandbox/src/index.ts"

export const user = { name: "dev", token: "dev-token", access: "write" } as const

/** Objects of a repository beside the Namespace that they live in. */
export const configMaps = 1_000

/** A ConfigMap about as large as they are: forty lines of settings. */
const configMap = (namespace: string, index: number, value: string): string =>
  [
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata:",
    `  name: ${nameOf(index)}`,
    `  namespace: ${namespace}`,
    "  labels:",
    "    app.kubernetes.io/part-of: cost",
    "data:",
    `  value: ${value}`,
    ...Array.from({ length: 40 }, (_, line) => `  setting-${String(line)}: "${String(index)} ${"x".repeat(20)}"`),
    "",
  ].join("\n")

const nameOf = (index: number): string => `settings-${String(index).padStart(4, "0")}`

/** A folder for `seed`: a Namespace and its ConfigMaps, each in a file of its own. */
export function writeManifests(folder: string, namespace: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "namespace.yaml"), `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`)
  for (let index = 0; index < configMaps; index += 1)
    writeFileSync(join(folder, `${nameOf(index)}.yaml`), configMap(namespace, index, "first"))
  return folder
}

/** The project's git host over HTTP, with repositories of manifests and a person who pushes to them. */
export async function startConfigRepositories(folder: string, log: (message: string) => void) {
  const host = await startGitHost({ dataDir: join(folder, "git"), users: [user], log })
  const author = { name: "Dev", email: "dev@localhost" }
  return {
    url: (name: string) => `${host.url}/cost/${name}.git`,
    addHook: (name: string, hook: { readonly url: string; readonly secret: string }) =>
      host.addHook(`cost/${name}`, hook),
    /** Makes the repository, with manifests for a namespace that are also in `folder`. */
    async seed(name: string, namespace: string): Promise<{ readonly commit: string; readonly folder: string }> {
      const manifests = writeManifests(join(folder, "manifests", name), namespace)
      const [commit = ""] = await host.seed(`cost/${name}`, [
        { folder: manifests, message: "Settings", author, at: new Date() },
      ])
      return { commit, folder: manifests }
    },
    /** A person changes one ConfigMap and pushes; gives the commit. */
    async change(name: string, namespace: string, index: number, value: string): Promise<string> {
      const clone = join(folder, "clones", `${name}-${value}`)
      const env = { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" }
      const git = async (...args: string[]): Promise<string> => {
        const identity = ["-c", "user.name=Dev", "-c", "user.email=dev@localhost"]
        const { stdout } = await promisify(execFile)("git", [...identity, ...args], { env })
        return stdout.trim()
      }
      await git("clone", "--quiet", "--depth=1", host.cloneUrl(`cost/${name}`, user.name), clone)
      const file = `${nameOf(index)}.yaml`
      writeFileSync(join(clone, file), configMap(namespace, index, value))
      await git("-C", clone, "commit", "--quiet", "--all", "-m", `Change ${file}`)
      await git("-C", clone, "push", "--quiet")
      return git("-C", clone, "rev-parse", "HEAD")
    },
    close: () => host.close(),
  }
}

export type ConfigRepositories = Awaited<ReturnType<typeof startConfigRepositories>>
