import fs from "node:fs"
import type { HookEnvironment } from "./hook-environment.ts"

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** Functions of `fs` whose first argument is a path, in all their forms: with callback, `Sync` and as promises. */
const named = [
  "access",
  "appendFile",
  "createReadStream",
  "createWriteStream",
  "exists",
  "lstat",
  "mkdir",
  "open",
  "opendir",
  "readdir",
  "readFile",
  "readlink",
  "realpath",
  "rm",
  "stat",
  "truncate",
  "unlink",
  "unwatchFile",
  "watch",
  "watchFile",
  "writeFile",
]

/** Shows the container's files at the absolute paths that the program knows: its image, and the volumes over it. */
export function hookFiles({ root, mounts }: HookEnvironment): void {
  const exists = fs.existsSync
  const nested = [...mounts].sort((one, other) => other.target.length - one.target.length)

  const real = (path: unknown): unknown => {
    if (typeof path !== "string" || !path.startsWith("/") || path.startsWith(root)) return path
    const mount = nested.find(({ target }) => path === target || path.startsWith(`${target}/`))
    if (mount !== undefined) return mount.source + path.slice(mount.target.length)
    return exists(root + path) ? root + path : path
  }
  const hook = (module: object, name: string): void => {
    const holder = module as Record<string, unknown>
    const original = holder[name]
    if (typeof original !== "function") return
    const hooked: AnyFunction = function (path, ...rest) {
      return (original as AnyFunction).call(this, real(path), ...rest)
    }
    // Some carry further forms: `realpath.native`.
    holder[name] = Object.assign(hooked, original)
  }
  for (const name of named) {
    hook(fs, name)
    hook(fs, `${name}Sync`)
    hook(fs.promises, name)
  }
}
