import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { MissingRequirement } from "../go-program.ts"

const inside = "SERIN_REAL_WORLD"

/** A program of ours to be run in there. */
export interface InsideProgram {
  /** TypeScript file and its arguments. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Told each line of its standard output. */
  readonly print: (line: string) => void
  /** Called after its end with the world's folder, before that is removed. */
  readonly collect: (folder: string) => void
}

/**
 * Runs a program in a network, mount and process namespace of its own, and resolves to its exit code. Loopback, pod network,
 * mounts and processes of the real world exist in there only: nothing reaches the outside, and when the first process in
 * there ends, all of it is gone, whatever happened.
 */
export async function runInside({ command, environment, print, collect }: InsideProgram): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new MissingRequirement("containers and their network need root: run it as root, on a machine of its own")
  }
  const flags = ["--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
  // Everything in there writes below this folder; its mounts are gone with the namespace before it is removed.
  const folder = mkdtempSync(join(tmpdir(), "serin-world-"))
  const child = spawn("unshare", [...flags, process.execPath, ...process.execArgv, ...command], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment, TMPDIR: folder, [inside]: folder },
  })
  createInterface({ input: child.stdout }).on("line", print)
  // The first process of a namespace is not ended by a signal that it does not expect: its parent's end takes it along.
  const end = (): void => {
    child.kill("SIGKILL")
    removeTraces(folder)
  }
  process.on("exit", end)
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (status) => resolve(status ?? 1))
    })
    collect(folder)
    return code
  } finally {
    process.off("exit", end)
    removeTraces(folder)
  }
}

/** The folder, and the containers' control groups, which no namespace holds. Those that another runtime uses are not empty. */
function removeTraces(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  spawnSync("sh", ["-c", "find /sys/fs/cgroup -depth -type d -path '*/k8s.io*' -exec rmdir {} + 2>/dev/null"])
}

/** The folder of the world around this process. */
export function worldFolder(): string {
  const folder = process.env[inside]
  if (folder === undefined) throw new Error("not inside of namespaces: call runInside")
  return folder
}

export const nodeName = "serin-real"

/** Of the bridge that pods are on: the machine's address as pods see it. */
export const gateway = "10.244.0.1"
export const podNetwork = "10.244.0.0/16"

const ownNames = {
  "/etc/hosts": `127.0.0.1 localhost\n${gateway} ${nodeName}\n`,
  "/etc/resolv.conf": `nameserver ${gateway}\noptions timeout:1 attempts:1\n`,
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
  // The machine's own name servers cannot be reached from here; programs that ask for their own name would wait for them.
  for (const [file, text] of Object.entries(ownNames)) {
    const own = join(folder, "hidden", file)
    mkdirSync(join(own, ".."), { recursive: true })
    writeFileSync(own, text)
    run("mount", ["--bind", own, file])
  }
  // Where cgroups are v1 with a v2 tree beside it, container runtimes take the wrong one of the two.
  spawnSync("umount", ["/sys/fs/cgroup/unified"])
}

/** The bridge is there before the first pod, so that what pods ask for can listen on it. */
export function makeBridge(): void {
  run("ip", ["link", "add", "cni0", "type", "bridge"])
  run("ip", ["address", "add", `${gateway}/16`, "dev", "cni0"])
  run("ip", ["link", "set", "cni0", "up"])
  for (const setting of ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.route_localnet=1"])
    run("sysctl", ["-q", "-w", setting])
  // Service addresses need a route to be sent anywhere at all; kube-proxy rewrites them before they leave.
  run("ip", ["route", "add", "default", "via", gateway, "dev", "cni0"])
}

export function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" })
  if (done.error !== undefined) throw new MissingRequirement(`${command} cannot be run (${done.error.message})`)
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ${args.join(" ")} ended with ${String(done.status)}: ${done.stderr.trim()}`)
}
