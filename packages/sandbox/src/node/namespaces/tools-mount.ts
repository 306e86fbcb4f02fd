import { execFile } from "node:child_process"
import { copyFile, mkdir, readdir, realpath, writeFile } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { promisify } from "node:util"
import { run } from "../world/run.ts"
import { interpreterOf } from "./elf.ts"
import { staticLauncher } from "./static-launcher.ts"
import { quote, type ShellTools } from "./shell.ts"

/** Where containers see the tools. */
const home = "/.serin"

/** Tools that are commands for who is in the container. */
const programCommands = ["hey", "curl"]

/** Loaded by the C library while it runs, so no list of needed libraries has them. */
const loadedLater = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]

/** The tools of the node inside containers: `hey` and `curl`, and a shell for images that have none. */
export interface ContainerTools {
  /** Last on the search path of exec. */
  readonly path: string
  /** The commands there: what runs each of them in any image. */
  readonly commands: ReadonlyMap<string, readonly string[]>
  /** What runs `<name>.mjs` of the tools folder with the node's own Node, in any image. */
  program(name: string): readonly string[]
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
    if (file.endsWith(".mjs")) await copyFile(`${programs}/${file}`, `${folder}/js/${file}`)
  }
  const commands = new Map([...programCommands.map((name) => [name, program(name)] as const), ["sh", shell] as const])
  for (const [name, command] of commands) await writeCommand(name, command)
  return { path: `${home}/bin`, commands, program }

  /** A command of this name; elsewhere than on x86-64 only in images that have a shell. */
  async function writeCommand(name: string, command: readonly string[]): Promise<void> {
    const script = `#!/bin/sh\nexec ${command.map(quote).join(" ")} "$@"\n`
    const content = process.arch === "x64" ? staticLauncher(command) : script
    await writeFile(`${folder}/bin/${name}`, content, { mode: 0o755 })
  }

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
