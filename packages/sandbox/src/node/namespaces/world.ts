import { mkdir } from "node:fs/promises"
import { findTool } from "../host-tools.ts"
import { NodeError } from "../node.ts"
import { nodeAddress } from "../world/addresses.ts"
import { run } from "../world/run.ts"
import { quote, type ShellTools } from "./shell.ts"

/** Folders of the world: on a file system of its own that vanishes with the world's mount namespace. */
export interface WorldFolders {
  /** Network namespaces of pods, as files. */
  readonly net: string
  /** What containers get as /dev. */
  readonly dev: string
  /** What containers get as /.serin. */
  readonly tools: string
  /** A folder for each container. */
  readonly containers: string
}

export const bridge = "serin0"
/** Locally administered, as nothing outside of the world sees it. */
const bridgeMac = "02:00:0a:f4:00:01"

const devices = ["null", "zero", "full", "random", "urandom", "tty"]

export function findShellTools(): ShellTools {
  const find = (name: string): string => {
    const path = findTool(name)
    if (path === undefined) throw new NodeError("SETUP_FAILED", `there is no \`${name}\` on this machine`)
    return path
  }
  return {
    sh: find("sh"),
    mount: find("mount"),
    umount: find("umount"),
    unshare: find("unshare"),
    nsenter: find("nsenter"),
    ip: find("ip"),
    cp: find("cp"),
    hostname: findTool("hostname"),
  }
}

/**
 * Makes the pods' world around this process, which is the first in new user, network, pid and mount namespaces. All of
 * it goes away with this process. Rejects with SETUP_FAILED when the kernel refuses a part.
 */
export async function makeWorld(tools: ShellTools, base: string): Promise<WorldFolders> {
  await mkdir(base, { recursive: true })
  const folders: WorldFolders = {
    net: `${base}/net`,
    dev: `${base}/dev`,
    tools: `${base}/tools`,
    containers: `${base}/c`,
  }
  await Promise.all([run(tools.sh, ["-c", mountScript(tools, base, folders)]), run(tools.ip, ["-batch", "-"], network)])
  return folders
}

/**
 * Every service address is this machine's own, so whoever listens here sees pod and service address: no packet filter.
 * The bridge has an address of its own: otherwise it takes the lowest of its ports', which changes as pods come and go,
 * and what other pods send goes to the one before until they ask again, seconds later.
 */
const network = `link set lo up
link add ${bridge} address ${bridgeMac} type bridge
addr add ${nodeAddress}/16 dev ${bridge}
link set ${bridge} up
route add local 10.96.0.0/12 dev lo
`

function mountScript(tools: ShellTools, base: string, { net, dev, tools: toolsFolder, containers }: WorldFolders) {
  const mount = quote(tools.mount)
  const at = quote(dev)
  return `set -e
${mount} -t tmpfs -o mode=755 tmpfs ${quote(base)}
mkdir ${quote(net)} ${at} ${at}/pts ${at}/shm ${quote(toolsFolder)} ${quote(containers)}
chmod 1777 ${at}/shm
for name in ${devices.join(" ")}; do : > ${at}/$name; ${mount} --bind /dev/$name ${at}/$name; done
ln -s /proc/self/fd ${at}/fd; ln -s fd/0 ${at}/stdin; ln -s fd/1 ${at}/stdout; ln -s fd/2 ${at}/stderr
ln -s pts/ptmx ${at}/ptmx
${mount} -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts ${at}/pts
# Terminals made by this process are then the ones that containers see.
${mount} --bind ${at}/pts /dev/pts
${mount} --bind ${at}/pts/ptmx /dev/ptmx
`
}
