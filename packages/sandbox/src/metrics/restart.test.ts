import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test, vi } from "vitest"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const program = fileURLToPath(new URL("testing/run-metrics.ts", import.meta.url))

let folder: string
let target: Server
let counter = 0
let running: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-metrics-"))
  counter = 0
  target = createServer((_request, response) =>
    response.setHeader("content-type", "text/plain").end(`requests_total ${String((counter += 1))}\n`),
  )
  target.listen(0, "127.0.0.1")
  await once(target, "listening")
})

afterEach(async () => {
  await kill()
  target.closeAllConnections()
  target.close()
  await rm(folder, { recursive: true, force: true })
})

/** Answers the address of a Prometheus that is a process of its own. */
async function start(): Promise<string> {
  const { port } = target.address() as AddressInfo
  const config = JSON.stringify({
    global: { scrape_interval: "100ms", scrape_timeout: "100ms", evaluation_interval: "100ms" },
    rule_files: ["rules.yml"],
    scrape_configs: [{ job_name: "app", static_configs: [{ targets: [`127.0.0.1:${String(port)}`] }] }],
  })
  const args = ["--import", `${root}scripts/typescript.mjs`, program, config, join(folder, "samples"), folder]
  running = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
  if (running.stdout === null) throw new Error("no output")
  const [url] = (await once(createInterface({ input: running.stdout }), "line")) as [string]
  return url
}

async function kill(): Promise<void> {
  const child = running
  running = undefined
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

interface Series {
  readonly metric: Record<string, string>
  readonly value: [number, string]
  readonly values: [number, string][]
}

async function ask(url: string, query: string): Promise<Series[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  return ((await response.json()) as { data: { result: Series[] } }).data.result
}

const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 20_000, interval: 50 })

test("what was scraped, and since when alerts are active, outlives kill -9", async () => {
  await writeFile(
    join(folder, "rules.yml"),
    "groups: [{name: g, rules: [{record: requests:twice, expr: 2 * requests_total}, {alert: Busy, expr: requests_total > 0}]}]",
  )
  const before = await start()
  await until(async () => {
    expect((await ask(before, "requests_total"))[0]?.value[1]).toMatch(/^\d\d/)
    expect(await ask(before, "ALERTS_FOR_STATE")).toHaveLength(1)
  })
  const [scraped] = await ask(before, "requests_total[1h]")
  const [recorded] = await ask(before, "requests:twice[1h]")
  const [since] = await ask(before, "ALERTS_FOR_STATE")
  await kill()

  const after = await start()
  const [found] = await ask(after, "requests_total[1h]")
  expect(found?.values.slice(0, scraped?.values.length)).toEqual(scraped?.values)
  expect((await ask(after, "requests:twice[1h]"))[0]?.values.slice(0, recorded?.values.length)).toEqual(
    recorded?.values,
  )
  // The same series goes on, and so does the alert.
  const restarted = scraped?.values.length ?? 0
  await until(async () =>
    expect((await ask(after, "requests_total[1h]"))[0]?.values.length).toBeGreaterThan(restarted + 3),
  )
  await until(async () => {
    const alerts = (await (await fetch(`${after}/api/v1/alerts`)).json()) as {
      data: { alerts: { state: string; activeAt: string }[] }
    }
    const [alert] = alerts.data.alerts
    expect(alert?.state).toBe("firing")
    expect(Math.floor(Date.parse(alert?.activeAt ?? "") / 1000)).toBe(Number(since?.value[1]))
  })
}, 60_000)
