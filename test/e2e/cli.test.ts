import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

// The `serin` command as a user has it: the built program, its output and its exit codes. What needs no world is tested beside
// the command line (packages/cli/src/program.test.ts).

const program = fileURLToPath(new URL("../../dist/serin.js", import.meta.url))

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
  await installAndConnect.play(world.stage)
  await firstSync.play(world.stage)
})
afterAll(() => world.close())

async function serin(args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, KUBECONFIG: world.kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const [code] = (await once(child, "close")) as [number | null]
  return { code: code ?? -1, stdout, stderr }
}

/** Several at a time: most of a run is the start of the process. */
async function each<T>(values: readonly T[], check: (value: T) => Promise<void>): Promise<void> {
  const waiting = [...values]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next)
  }
  await Promise.all([worker(), worker(), worker()])
}

test("what looks at something answers the same as JSON and as YAML", async () => {
  const looks = [
    ["check"],
    ["images", "podinfo"],
    ["history"],
    ["query", "vector(1)"],
    ["release", "podinfo-canary", "-n", "test", "--tag", "0.1.0", "--dry-run"],
  ]
  await each(looks, async (look) => {
    const [json, yaml] = await Promise.all(["json", "yaml"].map((format) => serin([...look, "-o", format])))
    for (const ran of [json, yaml]) expect(ran, look.join(" ")).toMatchObject({ code: 0, stderr: "" })
    expect(shapeOf(parse(yaml?.stdout ?? ""))).toEqual(shapeOf(JSON.parse(json?.stdout ?? "")))
  })
  const { stdout } = await serin(["status", "-o", "json"])
  expect(JSON.parse(stdout)).toMatchObject({ repositories: [{ name: "config", ready: true }], canaries: [] })
})

/** Names and types, for values (times, measurements) differ from run to run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== "object" || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]))
}

test("a cluster that is as Git says shows no difference, a drifted one its diff alone and exit code 1", async () => {
  expect(await serin(["diff"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^no difference at/) as string })
  await serin(["suspend"])
  await world.stage.kubectl(["-n", "test", "scale", "deployment/podinfo-ga", "--replicas=3"], { quiet: true })
  const { code, stdout } = await serin(["diff"])
  expect(code).toBe(1)
  expect(stdout.split("\n").filter((line) => /^[+-] /.test(line))).toEqual(["-  replicas: 3", "+  replicas: 2"])
  await serin(["resume"])
})

describe("wrong input", () => {
  const cases: readonly [args: readonly string[], code: number, says: RegExp][] = [
    [["release", "nope", "--tag", "1"], 2, /Deployment default\/nope\.\n +Check namespace and name/],
    [["automate", "podinfo-canary", "-n", "test", "--tag", "semver:a b"], 5, /semver:a b.*\n +Nothing was committed/],
    [["canary", "pause", "nope"], 2, /Canary default\/nope/],
    [["canary", "status", "nope"], 2, /no canary default\/nope\n +List them/],
    [["sync", "other"], 2, /no repository other\n +Connected repositories: serin-system\/config/],
    [["images", "Not An Image"], 2, /not an image reference\n +Write it as in a manifest/],
    [["images", "nowhere"], 2, /nowhere.*\n +Check the image name/],
    [["status", "--agent", "http://127.0.0.1:9"], 4, /cannot be reached .*\n +Is it running/],
  ]

  test("is told in words, with the next step and an exit code that means something", async () => {
    await each(cases, async ([args, code, says]) => {
      const ran = await serin(args)
      const shown = `serin ${args.join(" ")}: ${ran.stdout}${ran.stderr}`
      expect(ran.code, shown).toBe(code)
      expect(ran.stderr, shown).toMatch(says)
      expect(ran.stderr, shown).not.toMatch(/^ +at |node:internal/m)
    })
  })

  test("of a lock: a release is refused with 5 and the lock's message until it is opened", async () => {
    const ga = ["podinfo-ga", "-n", "test"]
    expect((await serin(["lock", ...ga, "--message", "audit until Friday"])).code).toBe(0)
    const refused = await serin(["release", ...ga, "--tag", "0.2.0"])
    expect(refused).toMatchObject({ code: 5, stdout: expect.stringContaining("audit until Friday") as string })
    expect((await serin(["unlock", ...ga])).stdout).toContain("Deployment test/podinfo-ga is unlocked now")
  })
})

test("output that nobody reads to its end is no failure", async () => {
  const child = spawn(process.execPath, [program, "events", "--since", "0"], {
    env: { ...process.env, KUBECONFIG: world.kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stderr = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  // What the agent still has is more than nothing, and finds nobody.
  child.stdout.destroy()
  const [code] = (await once(child, "close")) as [number]
  expect([code, stderr]).toEqual([0, ""])
})

test("Ctrl-C of `serin sandbox` leaves no process and no port; its first words are for programs with -o json", async () => {
  const parent = await mkdtemp(join(tmpdir(), "serin-cli-"))
  const dataDir = join(parent, "world")
  const child = spawn(process.execPath, [program, "sandbox", "--data-dir", dataDir, "-o", "json"], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  })
  let output = ""
  let stderr = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  for await (const text of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    output += text
    if (output.endsWith("}\n")) break
  }
  const { endpoints, kubeconfig } = JSON.parse(output) as { endpoints: Record<string, string>; kubeconfig: string }
  expect(existsSync(kubeconfig)).toBe(true)
  const ports = new Set(Object.values(endpoints).flatMap((value) => /127\.0\.0\.1\]?:(\d+)/.exec(value)?.[1] ?? []))
  expect(ports.size).toBeGreaterThan(7)
  expect(await processesOf(dataDir)).not.toEqual([])
  const ended = once(child, "exit")
  process.kill(-(child.pid ?? 0), "SIGINT")
  expect(await ended).toEqual([0, null])
  expect(stderr).toBe("")
  expect(await processesOf(dataDir)).toEqual([])
  expect(await membersOf(child.pid ?? 0)).toEqual([])
  for (const port of ports) expect(await isOpen(Number(port)), port).toBe(false)
  await rm(parent, { recursive: true })
})

/** Command lines of the processes that name a folder (Linux). */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")))
  return lines.filter((line) => line.includes(folder))
}

/** Processes of a group that live; one that has ended stays in the table until somebody has asked for its exit code. */
async function membersOf(group: number): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")))
  // `pid (name) state parent group …`; the name may hold anything.
  return stats.filter((stat) => {
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return Number(itsGroup) === group && state !== "Z"
  })
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true))
    socket.once("error", () => resolve(false)).once("close", () => socket.destroy())
  })
}
