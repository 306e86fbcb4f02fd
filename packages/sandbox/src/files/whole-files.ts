import { randomUUID } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"

/** Writes a whole file or nothing: readers and a crash never see half of it. */
export async function writeWhole(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // Hidden, so that listings of a folder do not show it.
  const staged = join(dirname(path), `.${randomUUID()}`)
  await writeFile(staged, content, { mode })
  await rename(staged, path)
}

/** A file's text; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    return ifMissing(error, undefined)
  }
}

/** Names in a folder, sorted, without hidden ones; none when there is no folder. */
export async function listIfThere(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith(".")).sort()
  } catch (error) {
    return ifMissing(error, [])
  }
}

/** Whether the file was there. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await rm(path)
    return true
  } catch (error) {
    return ifMissing(error, false)
  }
}

/** `fallback` when the error says that a path does not exist; any other error is thrown on. */
export function ifMissing<T>(error: unknown, fallback: T): T {
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ENOENT" || code === "ENOTDIR") return fallback
  throw error
}
