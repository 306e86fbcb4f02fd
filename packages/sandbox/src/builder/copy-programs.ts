import { chmod, copyFile, mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { withLibraries, type PlacedFile } from "./program-files.ts"

/**
 * Copies programs of this machine, with all libraries that they load, into a folder as they would lie below `/`: what an
 * image made `FROM scratch` needs to run them.
 */
export async function copyPrograms(folder: string, programs: readonly PlacedFile[]): Promise<void> {
  for (const [path, source] of await withLibraries(programs)) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await copyFile(source, target)
    await chmod(target, 0o755)
  }
}
