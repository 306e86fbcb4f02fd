import http from "node:http"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { request, until } from "../testing/world.ts"
import { startSidecar, type Sidecar } from "./sidecar.ts"

let dir: string
let socketPath: string
let link: http.Server
let held: Set<http.ServerResponse>
let idle: http.ServerResponse[]
let sidecar: Sidecar | undefined

/** What the node process serves for a pod. */
async function openLink(): Promise<void> {
  link = http.createServer((incoming, response) => {
    if (incoming.url === "/stats") response.end("istio_requests_total 7\n")
    else if (incoming.url === "/idle") idle.push(response)
    else {
      held.add(response)
      response.on("close", () => held.delete(response))
      response.flushHeaders()
    }
  })
  link.listen(socketPath)
  await once(link, "listening")
}

async function closeLink(): Promise<void> {
  link.closeAllConnections()
  link.close()
  await once(link, "close")
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mesh-"))
  socketPath = join(dir, "proxy")
  held = new Set()
  idle = []
  await openLink()
})
afterEach(async () => {
  for (const response of idle) response.end()
  await sidecar?.drain(1)
  sidecar = undefined
  if (link.listening) await closeLink()
  await rm(dir, { recursive: true })
})

async function start(appMetrics?: string): Promise<Sidecar> {
  sidecar = await startSidecar({
    socketPath,
    host: "127.0.0.1",
    ports: { readiness: 0, metrics: 0, mergedMetrics: 0 },
    ...(appMetrics === undefined ? {} : { appMetrics }),
    log: () => undefined,
  })
  return sidecar
}
const get = (port: number, path: string) => request(port, "pod", { path })
const ready = async ({ ports }: Sidecar): Promise<number> => (await get(ports.readiness, "/healthz/ready")).status

async function becomes(status: number, of: Sidecar): Promise<void> {
  const limit = performance.now() + 5000
  while ((await ready(of)) !== status) if (performance.now() > limit) throw new Error(`not ${status} within 5 s`)
}

it("is ready while it holds its link, and takes it up again when it was lost", async () => {
  const started = await start()
  await becomes(200, started)
  expect(held.size).toBe(1)
  await closeLink()
  await becomes(503, started)
  await openLink()
  await becomes(200, started)
})

it("serves the pod's telemetry", async () => {
  const { ports } = await start()
  expect(await get(ports.metrics, "/stats/prometheus")).toMatchObject({ status: 200, body: "istio_requests_total 7\n" })
  expect((await get(ports.metrics, "/other")).status).toBe(404)
})

it("merges the application's metrics, and does without those that cannot be read", async () => {
  const app = http.createServer((_request, response) => response.end("http_requests_total 3\n"))
  app.listen(0, "127.0.0.1")
  await once(app, "listening")
  const { port } = app.address() as AddressInfo
  const { ports } = await start(`http://127.0.0.1:${port}/metrics`)
  const both = "istio_requests_total 7\nhttp_requests_total 3\n"
  expect((await get(ports.mergedMetrics, "/stats/prometheus")).body).toBe(both)
  app.closeAllConnections()
  app.close()
  await once(app, "close")
  expect((await get(ports.mergedMetrics, "/stats/prometheus")).body).toBe("istio_requests_total 7\n")
})

it("says 503 when the data plane does not answer", async () => {
  const { ports } = await start()
  await closeLink()
  expect((await get(ports.metrics, "/stats/prometheus")).status).toBe(503)
})

it("drains: not ready, still holding, until nothing is under way", async () => {
  const started = await start()
  await becomes(200, started)
  let drained = false
  const draining = started.drain(60_000).then(() => (drained = true))
  await until(() => idle.length === 1)
  expect(await ready(started)).toBe(503)
  expect([held.size, drained]).toEqual([1, false])
  idle[0]?.end()
  await draining
  await until(() => held.size === 0)
  sidecar = undefined
})
