import { execFile } from "node:child_process"
import { copyFile, mkdir, readdir, realpath, writeFile } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { promisify } from "node:util"
import { run } from "../world/run.ts"
import { interpreterOf } from "./elf.ts"
import { quote, type ShellTools } from "./shell.ts"

/** Where containers see the tools. */
const home = "/.serin"

/** Loaded by the C library while it runs, so no list of needed libraries has them. */
const loadedLater = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]

/** The tools of the node inside containers: `hey` and `curl`, and a shell for images that have none. */
export interface ContainerTools {
  /** Last on the search path of exec. */
  readonly path: string
  /** What runs `<name>.mjs` of the tools folder with the node's own Node, in any image. */
  program(name: string): readonly string[]
  /** What runs the host's shell in any image. */
  readonly shell: readonly string[]
}

/**
 * Fills the folder that is mounted read-only into containers: the running Node and the host's shell with the libraries
 * they need and their loader, so that they run in images that have other libraries or none.
 */
export async function makeToolsMount(tools: ShellTools, folder: string, programs: string): Promise<ContainerTools> {
  await Promise.all(["bin", "lib", "js"].map((name) => mkdir(`${folder}/${name}`)))
  const node = await place(process.execPath, "node")
  const shell = await place(tools.sh, "sh")
  const program = (name: string): readonly string[] => [...node, `${home}/js/${name}.mjs`]
  for (const file of await readdir(programs)) {
    if (!file.endsWith(".mjs")) continue
    await copyFile(`${programs}/${file}`, `${folder}/js/${file}`)
    const name = basename(file, ".mjs")
    const script = `#!/bin/sh\nexec ${program(name).map(quote).join(" ")} "$@"\n`
    await writeFile(`${folder}/bin/${name}`, script, { mode: 0o755 })
  }
  return { path: `${home}/bin`, program, shell }

  /** Puts an executable and its libraries into the folder; how to run it there. */
  async function place(path: string, name: string): Promise<readonly string[]> {
    const file = await realpath(path)
    await writeFile(`${folder}/lib/${name}`, "")
    await run(tools.mount, ["--bind", file, `${folder}/lib/${name}`])
    const loader = await interpreterOf(file)
    if (loader === undefined) return [`${home}/lib/${name}`]
    const loaderName = basename(loader)
    await copyFile(loader, `${folder}/lib/${loaderName}`)
    for (const library of await librariesOf(loader, file)) await copyFile(library, `${folder}/lib/${basename(library)}`)
    return [`${home}/lib/${loaderName}`, "--library-path", `${home}/lib`, `${home}/lib/${name}`]
  }
}

/** The shared libraries of an executable, asked of its own loader: `libm.so.6 => /lib/libm.so.6 (0x7f…)`. */
async function librariesOf(loader: string, file: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(loader, ["--list", file])
  const listed = [...stdout.matchAll(/=> (\/\S+)/g)].flatMap(([, path]) => (path === undefined ? [] : [path]))
  const folder = listed.map(dirname)[0]
  if (folder === undefined) return listed
  const beside = new Set(await readdir(folder))
  return [...listed, ...loadedLater.filter((name) => beside.has(name)).map((name) => `${folder}/${name}`)]
}
