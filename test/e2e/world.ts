import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { endpoints as shape, type Endpoints } from "../../packages/cli/src/sandbox/endpoints.ts"
import { Stage } from "../../packages/cli/src/story/stage.ts"
import { embeddedTraits } from "../../packages/cli/src/story/world-traits.ts"
import type { Tool } from "../../packages/cli/src/story/observation.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const program = join(root, "dist", "serin.js")

/** A world as a user boots it: a process of its own, known by what it wrote into its folder. */
export interface TestWorld {
  readonly dataDir: string
  readonly endpoints: Endpoints
  readonly kubeconfig: string
  readonly stage: Stage
  readonly pid: number
  /** Of the running agent; undefined while it is down. */
  agentPid(): Promise<number | undefined>
  /** Of the process that runs the pods and the mesh's data plane. */
  nodePid(): Promise<number | undefined>
  /** Ends it as the system does, and leaves its folder. */
  kill(): Promise<void>
  close(): Promise<void>
}

export interface TestWorldOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** A folder that another world may have left; a new one if absent. */
  readonly dataDir?: string
}

const bootLimit = 30_000

export async function startTestWorld({ env = {}, args = [], ...given }: TestWorldOptions = {}): Promise<TestWorld> {
  const dataDir = given.dataDir ?? (await mkdtemp(join(tmpdir(), "serin-e2e-")))
  const child = spawn(process.execPath, [program, "sandbox", "--data-dir", dataDir, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  })
  const pid = child.pid
  if (pid === undefined) throw new Error("the world could not be started")
  await untilReady(child)
  const endpoints = shape.parse(JSON.parse(await readFile(join(dataDir, "endpoints.json"), "utf8")))
  const people = join(dataDir, "people")
  await mkdir(people, { recursive: true })
  const kubeconfig = join(dataDir, "kubeconfig")
  const stage = new Stage({
    endpoints,
    world: embeddedTraits(endpoints),
    dir: people,
    kubeconfig,
    podinfo: join(root, "examples", "podinfo"),
    serin: [process.execPath, program],
    tools: new Set<Tool>(["kubectl", "ssh"]),
    show: (line) => process.env["SERIN_E2E_SHOW"] !== undefined && console.log(line),
  })
  return {
    dataDir,
    endpoints,
    kubeconfig,
    stage,
    pid,
    agentPid: () => descendantOf(pid, / agent /),
    nodePid: () => descendantOf(pid, /^\S*node\S* .*dist\/node\.js/),
    kill: async () => {
      await stage.close()
      const exited = once(child, "exit")
      child.kill("SIGKILL")
      await exited
    },
    close: async () => {
      await stage.close()
      child.kill("SIGTERM")
      if (child.exitCode === null) await once(child, "exit")
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  let output = ""
  const timer = setTimeout(() => child.kill("SIGKILL"), bootLimit)
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output += text))
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text
      if (/ready in \d+ ms/.test(output)) resolve()
    })
    child.once("exit", (code) => reject(new Error(`the world ended with ${code}: ${output}`)))
  })
  clearTimeout(timer)
}

/** The process below `parent` whose command line matches (Linux). */
export async function descendantOf(parent: number, pattern: RegExp): Promise<number | undefined> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(() => "")
  for (const child of children.trim().split(" ").filter(Boolean).map(Number)) {
    const commandLine = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "")
    if (pattern.test(commandLine.replaceAll("\0", " "))) return child
    const below = await descendantOf(child, pattern)
    if (below !== undefined) return below
  }
  return undefined
}
