import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { posix } from "node:path"
import type { ContainerSpec, Mount } from "../node.ts"
import { RootView } from "../world/root-view.ts"
import { run } from "../world/run.ts"
import type { Pod } from "../world/runtime.ts"
import type { LaunchPlan } from "./launch-script.ts"
import type { ShellTools } from "./shell.ts"

/** How a container gets files of its own: a layer over the image, or a copy where the kernel allows no overlays. */
export type Layering = "overlay" | "copy"

export interface RootOptions {
  readonly tools: ShellTools
  readonly layering: Layering
  /** A new folder on the world's own file system, for the mount point; its path needs no quoting. */
  readonly folder: string
  /** A new folder on disk, for what the container writes. */
  readonly state: string
}

export interface ContainerRoot {
  readonly root: string
  readonly overlay?: NonNullable<LaunchPlan["overlay"]>
  /** In the order to mount them, at their real places. */
  readonly mounts: LaunchPlan["mounts"]
}

/** Folders that every container has, whatever its image. */
const fixedFolders = ["/proc", "/sys"]

/**
 * Makes the root file system of a container, up to the mounts: mount points, /etc/hosts and what else a kubelet writes
 * into it.
 */
export async function makeContainerRoot(pod: Pod, spec: ContainerSpec, options: RootOptions): Promise<ContainerRoot> {
  const { folder, state, layering, tools } = options
  const upper = `${state}/upper`
  await Promise.all([mkdir(upper, { recursive: true }), mkdir(`${state}/work`, { recursive: true }), mkdir(folder)])
  if (layering === "copy") await run(tools.cp, ["-a", `${spec.rootfs}/.`, upper])
  const view = new RootView(spec.rootfs, [])
  for (const target of [...fixedFolders, spec.workingDir]) await makeFolder(view, upper, await view.real(target))
  const mounts = await makeMountPoints(view, upper, spec.mounts)
  await writeEtc(view, upper, pod)
  if (layering === "copy") return { root: upper, mounts }
  // Short names without a comma or colon, which mean something in a mount option.
  const overlay = { lower: `${folder}/lower`, upper: `${folder}/upper`, work: `${folder}/work` }
  await Promise.all([
    symlink(spec.rootfs, overlay.lower),
    symlink(upper, overlay.upper),
    symlink(`${state}/work`, overlay.work),
    mkdir(`${folder}/root`),
  ])
  return { root: `${folder}/root`, overlay, mounts }
}

/** Outer mounts first; the place of a mount inside another is made in that one's source. */
async function makeMountPoints(view: RootView, upper: string, mounts: readonly Mount[]): Promise<readonly Mount[]> {
  const done: Mount[] = []
  for (const mount of [...mounts].sort((one, other) => one.target.length - other.target.length)) {
    const target = await view.real(mount.target)
    const isFolder = (await stat(mount.source)).isDirectory()
    const folder = isFolder ? target : posix.dirname(target)
    if (done.some((outer) => target.startsWith(`${outer.target}/`))) {
      const inner = new RootView(upper, done)
      await mkdir(inner.host(folder), { recursive: true })
      if (!isFolder) await writeFile(inner.host(target), "", { flag: "a" })
    } else {
      await makeFolder(view, upper, folder)
      if (!isFolder) await writeFile(upper + target, "")
    }
    done.push({ ...mount, target })
  }
  return done
}

export async function removeContainerRoot(options: Pick<RootOptions, "folder" | "state">): Promise<void> {
  await rm(options.folder, { recursive: true, force: true })
  // The kernel leaves a folder without any permission in an overlay's work folder.
  const leftover = `${options.state}/work/work`
  if (await exists(leftover)) await chmod(leftover, 0o700)
  await rm(options.state, { recursive: true, force: true })
}

async function writeEtc(view: RootView, upper: string, { spec, ip }: Pod): Promise<void> {
  await makeFolder(view, upper, "/etc")
  const write = async (name: string, text: string): Promise<void> => {
    // What the image has there, also a link, is not written through.
    await rm(`${upper}/etc/${name}`, { force: true })
    await writeFile(`${upper}/etc/${name}`, text)
  }
  const aliases = (spec.hostAliases ?? []).map(({ ip: address, hostnames }) => `${address}\t${hostnames.join("\t")}\n`)
  await write("hostname", `${spec.hostname}\n`)
  await write(
    "hosts",
    `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${ip}\t${spec.hostname}\n${aliases.join("")}`,
  )
  const search = `${spec.namespace}.svc.cluster.local svc.cluster.local cluster.local`
  await write("resolv.conf", `search ${search}\nnameserver 10.96.0.10\noptions ndots:5\n`)
}

/** A folder of the writable layer, with the mode that the image's folder of this name has. */
async function makeFolder(view: RootView, upper: string, path: string): Promise<void> {
  let made = ""
  for (const name of path.split("/").filter(Boolean)) {
    made += `/${name}`
    if (await exists(upper + made)) continue
    await mkdir(upper + made)
    const host = view.host(made)
    if (await exists(host)) await chmod(upper + made, (await stat(host)).mode & 0o7777)
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
    throw error
  }
}

/** Where the user of the process, root as it sees itself, is at home: `/` in an image without accounts. */
export async function homeIn(view: RootView): Promise<string> {
  const path = view.host(await view.real("/etc/passwd"))
  if (!(await exists(path))) return "/"
  const line = (await readFile(path, "utf8")).split("\n").find((entry) => entry.split(":")[2] === "0")
  return line?.split(":")[5] ?? "/"
}
