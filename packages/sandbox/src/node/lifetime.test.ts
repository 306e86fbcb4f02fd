import { spawn, spawnSync, type ChildProcess } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import type { LocalImage } from "../images/index.ts"
import { buildPrograms, type BuiltPrograms } from "../testing/built-programs.ts"
import { nodeImage } from "../testing/images.ts"
import { until } from "../testing/until.ts"
import { takeJson } from "./wire/lines.ts"
import type { Way } from "./index.ts"

let programs: BuiltPrograms
let folder: string
let image: LocalImage

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "serin-lifetime-"))
  chmodSync(folder, 0o755)
  image = nodeImage(folder)
  programs = await buildPrograms()
})
afterAll(async () => {
  await programs.remove()
  rmSync(folder, { recursive: true, force: true })
})

const hasNamespaces = spawnSync("unshare", ["-rnpf", "--mount-proc", "--kill-child", "true"]).status === 0
const ways: readonly Way[] = hasNamespaces ? ["namespaces", "preload"] : ["preload"]
const canBeNobody = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0

interface Up {
  readonly way: Way
  readonly whyNot?: string
  readonly ingressPort: number
  readonly folder: string
}

interface Host {
  readonly child: ChildProcess
  /** In the environment of everything that descends from the host. */
  readonly mark: string
  readonly up: Up
}

/** A host process of its own with a running pod; as `nobody` if asked to. */
async function startHost(way: Way | undefined, asNobody = false): Promise<Host> {
  const mark = randomUUID()
  const input = {
    node: { entry: programs.entry, toolsDir: programs.toolsDir, ...(way === undefined ? {} : { way }) },
    rootfs: image.rootfs,
    argv: image.config.cmd,
    env: { PATH: "/usr/local/bin", MARK: mark },
  }
  const command = [process.execPath, programs.nodeHost, JSON.stringify(input)]
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
  const [file = "", ...args] = asNobody ? [...nobody, ...command] : command
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, MARK: mark } })
  onTestFinished(() => void child.kill("SIGKILL"))
  const up = await takeJson<Up>(child.stdout)
  if (up === undefined) throw new Error("the host ended before the pod ran")
  onTestFinished(() => rmSync(up.folder, { recursive: true, force: true }))
  return { child, mark, up }
}

/** Processes that have the mark in their environment. */
function marked(mark: string): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/environ`, "latin1").includes(mark)
    } catch {
      // It ended meanwhile.
      return false
    }
  })
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } catch (error) {
    // A gateway that serves nothing resets what it has accepted.
    return (error as NodeJS.ErrnoException).code !== "ECONNREFUSED"
  } finally {
    socket.destroy()
  }
}

const runFolders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => /^serin-\w{6}$/.test(name))

describe.runIf(process.platform === "linux").each(ways)("in the way of %s", (way) => {
  it.each(["SIGKILL", "SIGTERM"] as const)(
    "a host ended by %s leaves no process, port, mount or folder",
    async (signal) => {
      const before = new Set(runFolders())
      const { child, mark, up } = await startHost(way)
      expect(marked(mark).length).toBeGreaterThan(2)
      expect(await isOpen(up.ingressPort)).toBe(true)
      const mine = runFolders().filter((name) => !before.has(name))
      child.kill(signal)
      await until(() => expect(marked(mark)).toEqual([]))
      await until(async () => expect(await isOpen(up.ingressPort)).toBe(false))
      await until(() => expect(runFolders().filter((name) => mine.includes(name))).toEqual([]))
      const mounts = readFileSync("/proc/self/mountinfo", "utf8")
      expect(mine.filter((name) => mounts.includes(name))).toEqual([])
    },
  )

  it("a node process that is killed takes its containers with it, and the host ends in order", async () => {
    const { child, mark } = await startHost(way)
    const [nodePid] = marked(mark).filter((pid) => {
      const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")
      return command.includes(programs.entry) && !command[0]?.includes("unshare")
    })
    process.kill(Number(nodePid), "SIGKILL")
    await until(() => expect(marked(mark)).toEqual([String(child.pid)]))
    child.stdin?.end()
    expect(await once(child, "exit")).toEqual([0, null])
  })

  it.runIf(canBeNobody)("an unprivileged user can do the same", async () => {
    const { child, mark, up } = await startHost(undefined, true)
    expect(up.way).toBe(ways[0])
    child.stdin?.end()
    expect(await once(child, "exit")).toEqual([0, null])
    expect(marked(mark)).toEqual([])
  })
})
