import { spawn, type ChildProcess } from "node:child_process"
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises"
import { request } from "node:http"
import { createInterface } from "node:readline"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import { parseAllDocuments } from "yaml"
import { seedPodinfo, type SeedCommit } from "./seed.ts"

const here = fileURLToPath(new URL(".", import.meta.url))
const versions = ["0.1.0", "0.2.0", "0.2.1", "0.2.2"]

interface Running {
  readonly url: string
  readonly process: ChildProcess
  readonly lines: string[]
  readonly exit: Promise<number | null>
}

/** The app as a clone has it at a tag: each version copied over the one before. */
async function start(version: string, env: Record<string, string> = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "podinfo-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const each of versions.slice(0, versions.indexOf(version) + 1)) {
    await cp(join(here, "versions", each), folder, { recursive: true })
  }
  const child = spawn(process.execPath, [join(folder, "src/main.mjs")], {
    env: { PORT: "0", DRAIN_SECONDS: "0.1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  const exit = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code))
  })
  const lines: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line)
      const { message, port } = JSON.parse(line) as { message: string; port?: number }
      if (message === "listening" && port !== undefined) resolve(port)
    })
    void exit.then((code) => reject(new Error(`ended with ${code} before it listened`)))
  })
  return { url: `http://127.0.0.1:${port}`, process: child, lines, exit }
}

/** Statuses of `count` requests to a path, some at a time, and how long each took in seconds. */
async function ask(app: Running, path: string, count: number): Promise<{ status: number; seconds: number }[]> {
  const results: { status: number; seconds: number }[] = []
  const one = async (): Promise<void> => {
    const begun = performance.now()
    const response = await fetch(app.url + path)
    await response.text()
    results.push({ status: response.status, seconds: (performance.now() - begun) / 1000 })
  }
  for (let done = 0; done < count; done += 25) await Promise.all(Array.from({ length: 25 }, one))
  return results
}

describe("podinfo 0.1.0", () => {
  it("answers at each of its paths", async () => {
    const app = await start("0.1.0", { GREETING: "hello" })
    const get = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(app.url + path, init)
      return [response.status, await response.text()] as const
    }
    const json = async (path: string, init: RequestInit = {}) => JSON.parse((await get(path, init))[1]) as unknown
    expect(await json("/")).toEqual({ hostname: expect.any(String), version: "0.1.0", message: "Hello from podinfo" })
    expect(await json("/version")).toEqual({ version: "0.1.0" })
    expect(await get("/healthz")).toEqual([200, expect.stringContaining("alive")])
    expect(await get("/readyz")).toEqual([200, expect.stringContaining("ready")])
    expect(await json("/env")).toMatchObject({ GREETING: "hello" })
    expect(await json("/headers", { headers: { "x-test": "yes" } })).toMatchObject({ "x-test": "yes" })
    expect(await get("/echo", { method: "POST", body: "back again" })).toEqual([200, "back again"])
    expect((await get("/status/418"))[0]).toBe(418)
    expect((await get("/status/99"))[0]).toBe(400)
    expect(await json("/delay/0.01")).toEqual({ delay: 0.01 })
    expect((await get("/delay/61"))[0]).toBe(400)
    expect((await get("/constructor"))[0]).toBe(404)
  })

  it("counts requests and their times for Prometheus", async () => {
    const app = await start("0.1.0")
    await ask(app, "/version", 25)
    await ask(app, "/status/503", 25)
    const text = await (await fetch(`${app.url}/metrics`)).text()
    expect(text).toContain('http_requests_total{method="GET",path="/version",status="200"} 25\n')
    expect(text).toContain('http_requests_total{method="GET",path="/status/{code}",status="503"} 25\n')
    for (const name of ["http_requests", "http_request_duration_seconds"]) {
      expect(text).toContain(`# TYPE ${name} histogram\n`)
      expect(text).toContain(`${name}_bucket{method="GET",path="/version",status="200",le="+Inf"} 25\n`)
      expect(text).toContain(`${name}_count{method="GET",path="/version",status="200"} 25\n`)
    }
  })

  it("when it is stopped, says so first, ends what is under way, and then goes", async () => {
    const app = await start("0.1.0", { DRAIN_SECONDS: "1" })
    // A connection that was open before: the last one that a load balancer uses.
    const slow = fetch(`${app.url}/delay/1.5`)
    await fetch(`${app.url}/version`)
    app.process.kill("SIGTERM")
    await expect.poll(async () => (await fetch(`${app.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${app.url}/version`)).status).toBe(200)
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    expect((await slow).status).toBe(200)
    expect(await app.exit).toBe(0)
    expect(app.lines.at(-1)).toContain("stopped")
  })

  it("ends with 255 when it is asked to panic", async () => {
    const app = await start("0.1.0")
    await new Promise((resolve) => {
      request(`${app.url}/panic`).on("error", resolve).end()
    })
    expect(await app.exit).toBe(255)
  })
})

describe("the later versions", () => {
  it.each(versions)("%s says its version", async (version) => {
    const app = await start(version)
    const texts = await Promise.all(["/version", "/version"].map(async (path) => (await fetch(app.url + path)).text()))
    expect(texts.join()).toContain(`"version": "${version}"`)
  })

  /** On a busy machine others may be late as well, but a request that waits is never early. */
  const late = (answers: { seconds: number }[]) => answers.filter(({ seconds }) => seconds > 0.9).length

  it("0.2.0 makes 4 in 100 wait for about a second, but no probe", async () => {
    const app = await start("0.2.0")
    expect(late(await ask(app, "/version", 200))).toBeGreaterThanOrEqual(8)
    expect(late(await ask(app, "/readyz", 200))).toBeLessThan(8)
  })

  it("0.2.1 makes nobody wait", async () => {
    const app = await start("0.2.1")
    const answers = await ask(app, "/version", 200)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(late(answers)).toBeLessThan(8)
  })

  it("0.2.2 answers 3 in 10 with 500, but no probe", async () => {
    const app = await start("0.2.2")
    const statuses = (await ask(app, "/version", 200)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 500)).toHaveLength(60)
    expect(statuses.filter((status) => status === 200)).toHaveLength(140)
    const probes = await Promise.all(["/healthz", "/readyz", "/metrics"].map((path) => ask(app, path, 50)))
    expect(probes.flat().every(({ status }) => status === 200)).toBe(true)
  })
})

describe("the config repo", () => {
  const folder = join(here, "config/cluster/podinfo")
  const read = (name: string) => readFile(join(folder, name), "utf8")

  it("parses, and has each object once", async () => {
    const objects: string[] = []
    for (const name of await readdir(folder)) {
      for (const document of parseAllDocuments(await read(name))) {
        const errors = "errors" in document ? document.errors : []
        expect(errors, name).toEqual([])
        const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } }
        objects.push(`${kind}/${metadata.name}`)
      }
    }
    expect(objects.sort()).toEqual([
      "Deployment/podinfo-canary",
      "Deployment/podinfo-ga",
      "DestinationRule/podinfo",
      "Gateway/podinfo-gateway",
      "Namespace/test",
      "Pod/loadtest",
      "Service/podinfo",
      "VirtualService/podinfo",
    ])
  })

  it("names the image once in the canary's manifest", async () => {
    expect((await read("podinfo-canary.yaml")).split("podinfo:0.2.0")).toHaveLength(2)
  })
})

describe("seedPodinfo", () => {
  it("gives the app two tags and the config repo its manifests", async () => {
    const seeded = new Map<string, readonly SeedCommit[]>()
    await seedPodinfo({
      seed: async (repository, commits) => {
        seeded.set(repository, commits)
        return []
      },
    })
    expect(seeded.get("team/podinfo")?.map(({ tag }) => tag)).toEqual(["0.1.0", "0.2.0"])
    const config = seeded.get("team/config")?.[0]
    expect(await readdir(join(config?.folder ?? "", "cluster"))).toEqual(["podinfo"])
  })
})
