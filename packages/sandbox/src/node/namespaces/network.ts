import { rm } from "node:fs/promises"
import { nodeAddress } from "../world/addresses.ts"
import { run } from "../world/run.ts"
import { bridge } from "./world.ts"
import { quote, type ShellTools } from "./shell.ts"

/** The network namespaces of pods, each held by a file as long as the pod lives, whatever becomes of its containers. */
export class PodNetworks {
  private made = 0
  private readonly links = new Map<string, string>()

  constructor(
    private readonly tools: ShellTools,
    private readonly folder: string,
  ) {}

  file(ip: string): string {
    return `${this.folder}/${ip}`
  }

  async add(ip: string): Promise<void> {
    const link = `pod${++this.made}`
    const file = this.file(ip)
    // From inside the new namespace: it is bound to its file, and one end of the cable is put out to the world.
    const script = `set -e; : > ${quote(file)}; ${quote(this.tools.mount)} --bind /proc/self/ns/net ${quote(file)}; exec ${quote(this.tools.ip)} -batch -`
    await run(
      this.tools.unshare,
      ["--net", this.tools.sh, "-c", script],
      `link set lo up
link add eth0 type veth peer name ${link} netns ${process.pid}
addr add ${ip}/16 dev eth0
link set eth0 up
route add default via ${nodeAddress}
`,
    )
    await run(this.tools.ip, ["-batch", "-"], `link set ${link} master ${bridge}\nlink set ${link} up\n`)
    this.links.set(ip, link)
  }

  async remove(ip: string): Promise<void> {
    const link = this.links.get(ip)
    this.links.delete(ip)
    const file = this.file(ip)
    // Taken away at once; the namespace itself ends later, with the last connection in it.
    if (link !== undefined) await run(this.tools.ip, ["link", "del", link])
    await run(this.tools.umount, [file])
    await rm(file)
  }
}
