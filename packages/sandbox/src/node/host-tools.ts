import { accessSync, constants } from "node:fs"
import { join } from "node:path"

/** Where system programs are besides the user's PATH, which often lacks the `sbin` folders. */
const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

/** Absolute path of a program of the host, undefined when it is not there. */
export function findTool(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
