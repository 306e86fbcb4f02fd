import { lstat, readlink, stat } from "node:fs/promises"
import { posix } from "node:path"
import { constants } from "node:fs"
import { NodeError, type Mount } from "../node.ts"

/** As in Linux: so many links and the path is a loop. */
const maximalLinks = 40

/**
 * A container's files as its program sees them, looked at from outside: the root file system with mounts over it, and
 * absolute links that stay inside.
 */
export class RootView {
  private readonly mounts: readonly Pick<Mount, "source" | "target">[]

  constructor(
    private readonly rootfs: string,
    mounts: readonly Pick<Mount, "source" | "target">[],
  ) {
    this.mounts = [...mounts].sort((one, other) => other.target.length - one.target.length)
  }

  /** Where a path of the container is on the host; links in it are not followed. */
  host(path: string): string {
    const mount = this.mounts.find(({ target }) => path === target || path.startsWith(withSlash(target)))
    if (mount === undefined) return posix.join(this.rootfs, path)
    return posix.join(mount.source, path.slice(mount.target.length))
  }

  /** The path with every link followed; parts that do not exist stay as they are. Both paths are the container's. */
  async real(path: string): Promise<string> {
    let rest = posix.normalize(path).split("/").filter(Boolean)
    let seen = "/"
    for (let links = 0; ;) {
      const part = rest.shift()
      if (part === undefined) return seen
      if (part === "..") {
        seen = posix.dirname(seen)
        continue
      }
      const next = posix.join(seen, part)
      const target = await linkTarget(this.host(next))
      if (target === undefined) {
        seen = next
        continue
      }
      if (++links > maximalLinks) throw new NodeError("SETUP_FAILED", `${path}: too many levels of symbolic links`)
      if (target.startsWith("/")) seen = "/"
      rest = [...target.split("/").filter((name) => name !== "" && name !== "."), ...rest]
    }
  }

  /** Whether there is something at the path, links followed. */
  async has(path: string): Promise<boolean> {
    return (await this.statOf(path)) !== undefined
  }

  /**
   * The program that `name` means, as execvp(3) finds it. Rejects with NOT_EXECUTABLE, worded as runc does. A name with
   * a slash is relative to `cwd`.
   */
  async executable(name: string, searchPath: string, cwd: string): Promise<string> {
    if (name.includes("/")) {
      const path = posix.resolve(cwd, name)
      const found = await this.statOf(path)
      if (found === undefined) throw notExecutable(name, `stat ${name}: no such file or directory`)
      if (found.isDirectory()) throw notExecutable(name, "is a directory")
      if (!isExecutable(found)) throw notExecutable(name, "permission denied")
      return path
    }
    for (const folder of searchPath.split(":")) {
      const path = posix.resolve(cwd, folder, name)
      const found = await this.statOf(path)
      if (found?.isFile() === true && isExecutable(found)) return path
    }
    throw notExecutable(name, "executable file not found in $PATH")
  }

  private async statOf(path: string) {
    return absentAs(stat(this.host(await this.real(path))))
  }
}

const notExecutable = (name: string, why: string): NodeError =>
  new NodeError("NOT_EXECUTABLE", `exec: ${JSON.stringify(name)}: ${why}`)

const isExecutable = (file: { readonly mode: number }): boolean =>
  (file.mode & (constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH)) !== 0

const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`)

async function linkTarget(path: string): Promise<string | undefined> {
  const found = await absentAs(lstat(path))
  return found?.isSymbolicLink() === true ? readlink(path) : undefined
}

async function absentAs<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw error
  }
}
