import { lstat, readdir, readlink } from "node:fs/promises"
import { join } from "node:path"
import { ifMissing } from "../../files/index.ts"
import { BuildError } from "../build-error.ts"
import { cleanPath, globExpression, hasWildcard } from "./patterns.ts"

/** A file, folder or link that COPY may take, and where its bytes are. */
export type SourceEntry =
  | {
      readonly kind: "file"
      readonly path: string
      readonly file: string
      readonly mode: number
      readonly size: number
    }
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }

const manyLinks = 40

/** Where COPY takes from: the checked-out repository, or the root file system of a stage or an image. */
export class SourceTree {
  readonly #root: string
  readonly #ignored: (path: string) => boolean
  readonly #what: string

  /** `what` names it in errors; `ignored` are paths that are treated as if they were not there. */
  constructor(root: string, what: string, ignored: (path: string) => boolean = () => false) {
    this.#root = root
    this.#what = what
    this.#ignored = ignored
  }

  /** Paths that a source of COPY means: itself, or what its wildcards match. Sorted. */
  async match(source: string): Promise<string[]> {
    const pattern = cleanPath(source)
    if (!hasWildcard(pattern)) {
      if (!(await this.#has(pattern))) throw this.#missing(source)
      return [pattern]
    }
    const expression = globExpression(pattern)
    const found = (await this.#walk("")).filter((path) => expression.test(path))
    if (found.length === 0) throw this.#missing(source)
    return found
  }

  /** An entry and all below it, folders before what is in them. */
  async below(path: string): Promise<SourceEntry[]> {
    const entry = await this.entry(path)
    if (entry.kind !== "folder") return this.#ignored(path) ? [] : [entry]
    const inside: SourceEntry[] = []
    for (const child of await this.#children(path)) inside.push(...(await this.below(child)))
    // An ignored folder may hold files that a later pattern lets in again; without them it is not there.
    return this.#ignored(path) && inside.length === 0 ? [] : [entry, ...inside]
  }

  async entry(path: string): Promise<SourceEntry> {
    const file = join(this.#root, path)
    const stats = await lstat(file)
    const mode = stats.mode & 0o7777
    if (stats.isDirectory()) return { kind: "folder", path, mode }
    if (stats.isSymbolicLink()) return { kind: "link", path, target: await readlink(file) }
    if (stats.isFile()) return { kind: "file", path, file, mode, size: stats.size }
    throw new BuildError(
      `${path} in the ${this.#what} is neither a file, a folder nor a link`,
      "Leave it out of what is copied.",
    )
  }

  /** Where a link leads inside of the tree; a path that is no link is itself. */
  async followed(path: string): Promise<string> {
    let current = path
    for (let links = 0; links < manyLinks; links += 1) {
      const entry =
        current === "" ? undefined : await this.entry(current).catch((error: unknown) => ifMissing(error, undefined))
      if (entry?.kind !== "link") {
        if (current !== "" && !entry) break
        return current
      }
      const folder = current.split("/").slice(0, -1).join("/")
      current = cleanPath(entry.target.startsWith("/") ? entry.target : `${folder}/${entry.target}`)
    }
    throw new BuildError(`the link ${path} in the ${this.#what} leads nowhere`, "Copy the file that it should lead to.")
  }

  async #has(path: string): Promise<boolean> {
    if (path === "") return true
    const parent = path.split("/").slice(0, -1).join("/")
    const names = await listAll(join(this.#root, parent))
    if (!names.includes(path.split("/").at(-1) ?? "")) return false
    return !this.#ignored(path) || (await this.below(path)).length > 0
  }

  async #walk(folder: string): Promise<string[]> {
    const found: string[] = []
    for (const child of await this.#children(folder)) {
      const entry = await this.entry(child)
      const inside = entry.kind === "folder" ? await this.#walk(child) : []
      if (!this.#ignored(child) || inside.length > 0) found.push(child)
      found.push(...inside)
    }
    return found
  }

  async #children(folder: string): Promise<string[]> {
    const names = await listAll(join(this.#root, folder))
    const paths = names.map((name) => (folder === "" ? name : `${folder}/${name}`))
    const kept: string[] = []
    for (const path of paths) {
      if (!this.#ignored(path) || (await lstat(join(this.#root, path))).isDirectory()) kept.push(path)
    }
    return kept
  }

  #missing(source: string): BuildError {
    return new BuildError(
      `"${source}" is not in the ${this.#what}`,
      "Check the spelling, that the file is committed, and .dockerignore.",
    )
  }
}

/** Names in a folder, hidden ones too; none when it is no folder. */
async function listAll(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((error: unknown) => ifMissing<string[]>(error, []))).sort()
}
