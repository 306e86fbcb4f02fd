import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { listIfThere, writeWhole } from "../files/index.ts"
import { git } from "../git/index.ts"

const deployKey = z.object({
  id: z.int(),
  title: z.string(),
  key: z.string(),
  fingerprint: z.string(),
  readOnly: z.boolean(),
  createdAt: z.string(),
})
export type DeployKey = z.infer<typeof deployKey>

const hook = z.object({
  id: z.int(),
  url: z.string(),
  secret: z.string().optional(),
  active: z.boolean(),
  createdAt: z.string(),
})
export type Hook = z.infer<typeof hook>

const settings = z.object({
  id: z.int(),
  createdAt: z.string(),
  nextId: z.int(),
  keys: z.array(deployKey),
  hooks: z.array(hook),
})
export type Settings = z.infer<typeof settings>

export interface Repository {
  /** `owner/name` */
  readonly name: string
  /** The bare repository. */
  readonly path: string
  readonly settings: Settings
}

const nameShape = /^[A-Za-z0-9_][\w.-]{0,99}\/[A-Za-z0-9_][\w.-]{0,99}$/
export const defaultBranch = "main"

/** `owner/name` in a form that is safe as a path; a trailing `.git` of the name is dropped. */
export function parseRepositoryName(text: string): string | undefined {
  const name = text.replace(/\.git$/, "")
  return nameShape.test(name) && !name.includes("..") ? name : undefined
}

/**
 * The bare repositories below a folder, each beside a file with its keys and hooks. Settings are changed one after the
 * other and written whole, so a crash leaves the old or the new ones.
 */
export class Repositories {
  readonly #root: string
  readonly #open = new Map<string, Repository>()
  #changes: Promise<unknown> = Promise.resolve()

  constructor(root: string) {
    this.#root = root
  }

  /** Reads what is there from an earlier run. */
  async load(): Promise<void> {
    for (const owner of await listIfThere(this.#root)) {
      for (const entry of await listIfThere(join(this.#root, owner))) {
        if (!entry.endsWith(".json")) continue
        const name = `${owner}/${entry.slice(0, -".json".length)}`
        const text = await readFile(this.#settingsPath(name), "utf8")
        this.#open.set(name, { name, path: this.#path(name), settings: settings.parse(JSON.parse(text)) })
      }
    }
  }

  all(): Repository[] {
    return [...this.#open.values()]
  }

  find(name: string): Repository | undefined {
    return this.#open.get(name)
  }

  /** The repository, made if need be. `created` tells which. */
  create(name: string): Promise<{ repository: Repository; created: boolean }> {
    return this.#inTurn(async () => {
      const present = this.#open.get(name)
      if (present) return { repository: present, created: false }
      if (parseRepositoryName(name) !== name) {
        throw new TypeError(
          `"${name}" is no repository name: it has the form owner/name, of letters, digits, "-", "_" and "."`,
        )
      }
      const path = this.#path(name)
      // What a crash left half made is made anew.
      await rm(path, { recursive: true, force: true })
      await git(["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, path])
      await writeFile(join(path, "config"), repositoryConfig)
      const id = Math.max(0, ...this.all().map((each) => each.settings.id)) + 1
      const fresh = { id, createdAt: new Date().toISOString(), nextId: 1, keys: [], hooks: [] }
      return { repository: await this.#store(name, fresh), created: true }
    })
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#open.delete(name)
      await rm(this.#settingsPath(name), { force: true })
      await rm(this.#path(name), { recursive: true, force: true })
    })
  }

  /** Changes the settings of a repository that exists. `nextId` is a number that was never used in it. */
  update<T>(
    name: string,
    change: (settings: Settings, nextId: number) => { settings: Settings; result: T },
  ): Promise<T> {
    return this.#inTurn(async () => {
      const repository = this.#open.get(name)
      if (!repository) throw new TypeError(`no repository ${name}`)
      const { settings: old } = repository
      const { settings: changed, result } = change({ ...old, nextId: old.nextId + 1 }, old.nextId)
      await this.#store(name, changed)
      return result
    })
  }

  async #store(name: string, content: Settings): Promise<Repository> {
    const path = this.#settingsPath(name)
    // Hooks have secrets in them.
    await writeWhole(path, JSON.stringify(content, null, 2), 0o600)
    const repository = { name, path: this.#path(name), settings: content }
    this.#open.set(name, repository)
    return repository
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work)
    // Whoever asked gets the failure; the next one goes on.
    this.#changes = done.catch(() => undefined)
    return done
  }

  #path(name: string): string {
    return join(this.#root, `${name}.git`)
  }
  #settingsPath(name: string): string {
    return join(this.#root, `${name}.json`)
  }
}

/**
 * Force-pushes and deletions, of the default branch too, are allowed as forges allow them; partial clones and fetches of
 * single commits work; nothing is packed in the background, so that no process outlives the git host.
 */
const repositoryConfig = `[core]
	repositoryformatversion = 0
	bare = true
[receive]
	denyDeleteCurrent = ignore
	autogc = false
[gc]
	auto = 0
[maintenance]
	auto = false
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
`
