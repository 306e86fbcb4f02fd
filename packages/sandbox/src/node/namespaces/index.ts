import { mkdir, rm } from "node:fs/promises"
import type { Log } from "../../log.ts"
import { run } from "../world/run.ts"
import type { PodRuntime } from "../world/runtime.ts"
import type { Layering } from "./container-root.ts"
import { NamespaceRuntime } from "./namespace-runtime.ts"
import { PodNetworks } from "./network.ts"
import { quote, type ShellTools } from "./shell.ts"
import { makeToolsMount, type ContainerTools } from "./tools-mount.ts"
import { findShellTools, makeWorld } from "./world.ts"

export interface NamespaceOptions {
  readonly runDir: string
  readonly stateDir: string
  readonly toolsDir: string
  readonly log: Log
}

/**
 * The way of namespaces, for a process that is the first in its own. Rejects with SETUP_FAILED and the reason when this
 * machine does not allow it.
 */
export async function startNamespaces(
  options: NamespaceOptions,
): Promise<{ runtime: PodRuntime; leave(): Promise<void> }> {
  const tools = findShellTools()
  const base = `${options.runDir}/m`
  const folders = await makeWorld(tools, base)
  const layering = await tryOverlay(tools, options)
  let containerTools: Promise<ContainerTools> | undefined
  const runtime = new NamespaceRuntime({
    tools,
    folders,
    layering,
    networks: new PodNetworks(tools, folders.net),
    stateDir: options.stateDir,
    containerTools: () => (containerTools ??= makeToolsMount(tools, folders.tools, options.toolsDir)),
  })
  return { runtime, leave: () => run(tools.umount, ["-l", base]) }
}

/** Whether the kernel (5.11 and newer) and the file system allow overlays without privileges, in full. */
async function tryOverlay(tools: ShellTools, { runDir, stateDir, log }: NamespaceOptions): Promise<Layering> {
  const [layers, links] = [`${stateDir}/try`, `${runDir}/m/try`]
  for (const name of ["lower/a", "upper", "work", "root"]) await mkdir(`${layers}/${name}`, { recursive: true })
  const mount = quote(tools.mount)
  // A folder removed and made again needs extended attributes, which some file systems lack.
  const script = `set -e
ln -s ${quote(layers)} ${links}
${mount} -t overlay overlay -o userxattr,lowerdir=${links}/lower,upperdir=${links}/upper,workdir=${links}/work ${links}/root
rmdir ${links}/root/a; mkdir ${links}/root/a
${quote(tools.umount)} ${links}/root
chmod 700 ${links}/work/work; rm -rf ${links}/work; rm ${links}`
  try {
    await run(tools.sh, ["-c", script])
    return "overlay"
  } catch (error) {
    log("no overlay mounts here: each container gets a copy of its image", { reason: String(error) })
    return "copy"
  } finally {
    await rm(layers, { recursive: true, force: true })
  }
}
