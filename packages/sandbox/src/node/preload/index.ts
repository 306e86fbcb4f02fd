import { mkdir, readdir, writeFile } from "node:fs/promises"
import { basename } from "node:path"
import type { PodRuntime } from "../world/runtime.ts"
import { PreloadRuntime } from "./preload-runtime.ts"

export interface PreloadOptions {
  readonly runDir: string
  readonly stateDir: string
  readonly toolsDir: string
}

/** The way without namespaces. `leave` ends every program: nothing else would. */
export async function startPreload(options: PreloadOptions): Promise<{ runtime: PodRuntime; leave(): Promise<void> }> {
  const binDir = `${options.runDir}/bin`
  await mkdir(binDir)
  const script = (name: string, words: readonly string[]): Promise<void> =>
    writeFile(`${binDir}/${name}`, `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`, { mode: 0o755 })
  await script("node", [process.execPath])
  for (const file of await readdir(options.toolsDir)) {
    if (file.endsWith(".mjs")) await script(basename(file, ".mjs"), [process.execPath, `${options.toolsDir}/${file}`])
  }
  // Node looks above a program for what kind of module it is, past its container's root: not into the host's folders.
  await writeFile(`${options.stateDir}/package.json`, "{}\n")
  const runtime = new PreloadRuntime({ ...options, binDir })
  return {
    runtime,
    leave: () => {
      runtime.killAll()
      return Promise.resolve()
    },
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
