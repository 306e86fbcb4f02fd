import { createWriteStream } from "node:fs"
import { chmod, link, lstat, lutimes, mkdir, readdir, rm, symlink, utimes } from "node:fs/promises"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import tar, { type Header } from "tar-stream"
import { ifMissing } from "../files/index.ts"
import { folderInRoot, LayerPathError, partsOf } from "./rooted-path.ts"
import { together } from "./together.ts"

const whiteout = ".wh."
const opaque = ".wh..wh..opq"

/**
 * Applies a layer (an uncompressed tar) to a root file system: OCI image-spec, layer.md. Whiteouts remove what lower
 * layers brought; an opaque folder loses all of that. Modes are kept, folders always stay accessible to their owner;
 * owners, devices and extended attributes are not taken over, since this works without privileges.
 */
export async function applyLayer(source: Readable, root: string): Promise<void> {
  const extract = tar.extract()
  const layer = new Layer(root)
  const unpacking = async (): Promise<void> => {
    for await (const entry of extract) {
      await layer.apply(entry.header, entry as AsyncIterable<Buffer>)
      // An entry that was not read to its end would hold up the next one.
      entry.resume()
    }
  }
  await together(pipeline(source, extract), unpacking())
  await layer.finish()
}

class Layer {
  readonly #root: string
  /** What this layer has brought: opaque markers leave it alone wherever in the tar they stand. */
  readonly #brought = new Set<string>()
  /** Set at the end: a folder's own time changes with what is put into it. */
  readonly #folderTimes = new Map<string, Date>()
  /** Real place of each parent folder, until something other than a file is replaced. */
  readonly #parents = new Map<string, string>()

  constructor(root: string) {
    this.#root = root
  }

  async apply(header: Header, content: AsyncIterable<Buffer>): Promise<void> {
    const parts = partsOf(header.name)
    const name = parts.at(-1)
    // The root itself, and what another storage driver kept for itself.
    if (name === undefined || parts.some((part) => part !== opaque && part.startsWith(`${whiteout}${whiteout}`))) return
    const parent = await this.#parent(parts.slice(0, -1))
    if (name === opaque) return this.#empty(parent)
    if (name.startsWith(whiteout)) return this.#remove(this.#whitedOut(parent, name.slice(whiteout.length)))
    const path = join(parent, name)
    this.#brought.add(path)
    await this.#create(header, path, content)
  }

  async finish(): Promise<void> {
    for (const [path, time] of this.#folderTimes)
      await utimes(path, time, time).catch((error: unknown) => ifMissing(error, undefined))
  }

  async #create(header: Header, path: string, content: AsyncIterable<Buffer>): Promise<void> {
    const mode = (header.mode ?? 0o644) & 0o7777
    const time = header.mtime ?? new Date(0)
    switch (header.type) {
      case "directory":
        if (!(await isFolder(path))) {
          await this.#remove(path)
          await mkdir(path)
        }
        await chmod(path, mode | 0o700)
        this.#folderTimes.set(path, time)
        return
      case "symlink":
        await this.#remove(path)
        await symlink(header.linkname ?? "", path)
        await lutimes(path, time, time)
        return
      case "link":
        return this.#hardlink(header.linkname ?? "", path)
      case "file":
      case "contiguous-file":
        await this.#remove(path)
        // A new file, never the old one opened: its other links belong to other images.
        await pipeline(content, createWriteStream(path, { flags: "wx", mode: 0o600 }))
        await chmod(path, mode)
        await utimes(path, time, time)
        return
      default:
        // Devices and pipes cannot be made without privileges; images for containers do without.
        this.#brought.delete(path)
    }
  }

  async #hardlink(target: string, path: string): Promise<void> {
    const parts = partsOf(target)
    const name = parts.at(-1)
    if (name === undefined) throw new LayerPathError("a hard link to the root")
    const from = join(await this.#parent(parts.slice(0, -1)), name)
    if (from === path) return
    await this.#remove(path)
    await link(from, path)
  }

  async #parent(parts: readonly string[]): Promise<string> {
    const key = parts.join("/")
    const known = this.#parents.get(key)
    if (known !== undefined) return known
    const found = await folderInRoot(this.#root, parts)
    this.#parents.set(key, found)
    return found
  }

  #whitedOut(parent: string, name: string): string {
    if (name === "" || name === "." || name === "..") throw new LayerPathError(`a whiteout of ${JSON.stringify(name)}`)
    return join(parent, name)
  }

  async #remove(path: string): Promise<void> {
    const stats = await lstat(path).catch((error: unknown) => ifMissing(error, undefined))
    if (!stats) return
    if (!stats.isFile()) this.#parents.clear()
    await rm(path, { recursive: true, force: true })
  }

  /** Removes from a folder all that lower layers brought. */
  async #empty(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && this.#broughtInto(path)) await this.#empty(path)
      else if (!this.#brought.has(path)) await this.#remove(path)
    }
  }

  #broughtInto(folder: string): boolean {
    if (this.#brought.has(folder)) return true
    for (const path of this.#brought) if (path.startsWith(`${folder}/`)) return true
    return false
  }
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch((error: unknown) => ifMissing(error, undefined))
  return stats?.isDirectory() === true
}
