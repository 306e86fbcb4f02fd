import { lstat, mkdir, readlink } from "node:fs/promises"
import { dirname, join } from "node:path"

/** A path in a layer that leads out of the root, or through something that is no folder. */
export class LayerPathError extends Error {
  override readonly name = "LayerPathError"
}

const manyLinks = 255

/** The parts of a path in a layer. Absolute paths are meant from the root; `..` is no part of an honest layer. */
export function partsOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".")
  if (parts.includes("..") || path.includes("\0"))
    throw new LayerPathError(`path ${JSON.stringify(path)} leads out of the layer`)
  return parts
}

/**
 * The folder that a path names as a process with this root would see it: symbolic links on the way are followed inside
 * of the root, absolute ones from the root, and never out of it. Folders that are missing are made.
 */
export async function folderInRoot(root: string, parts: readonly string[]): Promise<string> {
  const { path, kind } = await walk(root, parts, (missing) => mkdir(missing, { mode: 0o755 }))
  if (kind !== "folder") throw new LayerPathError(`${parts.join("/")} leads through a file`)
  return path
}

/** What a path names as a process with this root would see it; undefined when there is nothing. */
export async function findInRoot(
  root: string,
  parts: readonly string[],
): Promise<{ path: string; kind: "folder" | "other" } | undefined> {
  const { path, kind } = await walk(root, parts)
  return kind === "none" ? undefined : { path, kind }
}

async function walk(
  root: string,
  parts: readonly string[],
  make?: (path: string) => Promise<unknown>,
): Promise<{ path: string; kind: "folder" | "other" | "none" }> {
  const waiting = parts.filter((part) => part !== "" && part !== ".")
  let current = root
  let links = 0
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === "..") {
      current = current === root ? root : dirname(current)
      continue
    }
    const next = join(current, part)
    const kind = await kindOf(next)
    if (kind === "link") {
      links += 1
      if (links > manyLinks) throw new LayerPathError(`too many symbolic links on the way to ${parts.join("/")}`)
      const target = await readlink(next)
      if (target.startsWith("/")) current = root
      waiting.unshift(...target.split("/").filter((each) => each !== "" && each !== "."))
      continue
    }
    if (kind === "none") {
      if (!make) return { path: next, kind }
      await make(next)
    }
    // Nothing is below a file.
    if (kind === "other") return { path: next, kind: waiting.length === 0 || make ? kind : "none" }
    current = next
  }
  return { path: current, kind: "folder" }
}

async function kindOf(path: string): Promise<"folder" | "link" | "other" | "none"> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return "link"
    return stats.isDirectory() ? "folder" : "other"
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "none"
    throw error
  }
}
