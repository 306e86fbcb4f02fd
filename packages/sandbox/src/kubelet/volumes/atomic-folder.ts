import { chmod, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises"
import { createHash } from "node:crypto"
import { dirname, join } from "node:path"
import type { VolumeFile } from "./volume-file.ts"

const current = "..data"

/**
 * Makes a folder hold exactly these files, changed all at once for who reads it: they lie in a hidden folder, to which
 * one link is swapped, as in the kubelet's volumes. Does nothing when they are the ones that are there.
 */
export async function writeAtomically(folder: string, files: readonly VolumeFile[]): Promise<void> {
  const version = `..${fingerprint(files)}`
  const before = await linkAt(join(folder, current))
  if (before === version) return
  await mkdir(join(folder, version), { recursive: true })
  for (const { path, data, mode } of files) {
    const file = join(folder, version, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, data)
    await chmod(file, mode)
  }
  const next = join(folder, "..data_tmp")
  await symlink(version, next)
  await rename(next, join(folder, current))
  const names = topNames(files)
  for (const name of names) {
    if ((await linkAt(join(folder, name))) === undefined) await symlink(`${current}/${name}`, join(folder, name))
  }
  if (before === undefined) return
  const gone = new Set(await readdir(join(folder, before)))
  for (const name of names) gone.delete(name)
  for (const name of gone) await rm(join(folder, name), { force: true })
  await rm(join(folder, before), { recursive: true })
}

const topNames = (files: readonly VolumeFile[]): Set<string> =>
  new Set(files.map(({ path }) => path.split("/")[0] ?? path))

function fingerprint(files: readonly VolumeFile[]): string {
  const hash = createHash("sha256")
  for (const { path, data, mode } of [...files].sort((one, other) => (one.path < other.path ? -1 : 1))) {
    hash.update(`${path}\0${mode}\0${data.length}\0`).update(data)
  }
  return hash.digest("hex").slice(0, 16)
}

async function linkAt(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
