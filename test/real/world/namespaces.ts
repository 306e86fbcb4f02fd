import { spawn, spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { MissingRequirement } from "../go-program.ts"

const inside = "SERIN_REAL_WORLD"

/** Whether this process runs in namespaces of its own. */
export const isInside = (): boolean => process.env[inside] !== undefined

/**
 * Runs this very program again, with the same arguments, in a network, mount and process namespace of its own, and resolves
 * to its exit code. Loopback, pod network, mounts and processes of the real world exist in there only: nothing reaches
 * the outside, and when the first process in there ends, all of it is gone, whatever happened.
 */
export async function runInside(environment: Readonly<Record<string, string>>): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new MissingRequirement("containers and their network need root: run it as root, on a machine of its own")
  }
  const flags = ["--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
  const child = spawn("unshare", [...flags, process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, ...environment, [inside]: "1" },
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? 1))
  })
}

/** Folders of the machine that programs write to without being asked; each gets an empty one of the world's own. */
const hidden = ["/run", "/var/log", "/var/lib/cni", "/var/lib/kubelet", "/etc/cni"]

/** Makes the fresh namespaces fit for a node. Once, first of all. */
export function prepareInside(folder: string): void {
  run("ip", ["link", "set", "lo", "up"])
  run("hostname", [nodeName])
  for (const path of hidden) {
    const own = join(folder, "hidden", path)
    mkdirSync(own, { recursive: true })
    mkdirSync(path, { recursive: true })
    run("mount", ["--bind", own, path])
  }
  // Where cgroups are v1 with a v2 tree beside it, container runtimes take the wrong one of the two.
  spawnSync("umount", ["/sys/fs/cgroup/unified"])
}

export const nodeName = "serin-real"

/** Of the bridge that pods are on: the machine's address as pods see it. */
export const gateway = "10.244.0.1"
export const podNetwork = "10.244.0.0/16"

/** The bridge is there before the first pod, so that what pods ask for can listen on it. */
export function makeBridge(): void {
  run("ip", ["link", "add", "cni0", "type", "bridge"])
  run("ip", ["address", "add", `${gateway}/16`, "dev", "cni0"])
  run("ip", ["link", "set", "cni0", "up"])
  for (const setting of ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.route_localnet=1"]) run("sysctl", ["-q", "-w", setting])
  // Service addresses need a route to be sent anywhere at all; kube-proxy rewrites them before they leave.
  run("ip", ["route", "add", "default", "via", gateway, "dev", "cni0"])
}

export function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" })
  if (done.error !== undefined) throw new MissingRequirement(`${command} cannot be run (${done.error.message})`)
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ${args.join(" ")} ended with ${String(done.status)}: ${done.stderr.trim()}`)
}
