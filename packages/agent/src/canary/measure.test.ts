import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parseManifests, readRolloutFrom, findIn, type Rollout } from "@serin/core"
import { afterEach, expect, test } from "vitest"
import { testOutbound } from "../outbound/testing.ts"
import { createPrometheusClient } from "../prometheus/index.ts"
import { Measurement } from "./measure.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Sample = readonly [labels: Readonly<Record<string, string>>, value: string]

/** A Prometheus that answers by the first pattern that is in the query; no pattern: no series. */
async function prometheus(answers: Record<string, readonly Sample[]>) {
  const state = { up: true, failsAt: 0, asked: [] as { query: string; time: number }[] }
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      const sent = new URLSearchParams(body)
      const query = sent.get("query") ?? ""
      state.asked.push({ query, time: Number(sent.get("time")) })
      if (!state.up || Number(sent.get("time")) === state.failsAt) return response.writeHead(503).end("{}")
      const found = Object.entries(answers).find(([pattern]) => query.includes(pattern))?.[1] ?? []
      const result = found.map(([metric, value]) => ({ metric, value: [0, value] }))
      const answer = { status: "success", data: { resultType: "vector", result } }
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { state, measurement: new Measurement(createPrometheusClient(() => url, testOutbound())) }
}

const workload = (name: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: test}
spec: {template: {spec: {containers: [{name: web, image: "web:1"}]}}}
`
const manifests = (metrics: string) => `apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: web, namespace: test}
spec:
  stable: {deployment: web-ga, subset: ga}
  canary: {deployment: web-canary, subset: canary}
  analysis: {interval: 10s, warmup: 10s, lag: 1s, minimumSamples: 20, metrics: ${metrics}}
---
apiVersion: serin.dev/v1alpha1
kind: Delivery
metadata: {name: web, namespace: test}
spec: {phase: Progressing, revision: "web:2", previous: "web:1", step: 1, seq: 3, seal: x, replicas: {stable: 1, canary: 1}, owner: here}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: test}
spec:
  http:
    - route:
        - {destination: {host: web, subset: ga}, weight: 90}
        - {destination: {host: web, subset: canary}, weight: 10}
${workload("web-ga")}${workload("web-canary")}`

function rolloutOf(metrics: string): Rollout {
  const objects = parseManifests("a.yaml", manifests(metrics)).manifests.map(({ object }) => object)
  const read = readRolloutFrom((name) => findIn(objects, name), { namespace: "test", name: "web" })
  if (!read.ok) throw new Error(read.reason)
  return read.rollout
}

const liveAt = Date.UTC(2026, 0, 1)
const status = { live: { seq: 3, at: new Date(liveAt).toISOString() } }
const after = (seconds: number) => liveAt + seconds * 1000
const signal = new AbortController().signal
const success = "[{name: success-rate, min: 99}]"
/** What the stable side gets beside a canary that gets 50 or 100 of the requests. */
const toStable = { 'istio_requests_total{reporter="source",destination_workload="web-ga"': [[{}, "450"] as Sample] }

test("each due interval is asked for at its end, once", async () => {
  const { state, measurement } = await prometheus({
    ...toStable,
    "response_code=~": [[{}, "1"]],
    istio_requests_total: [[{}, "50"]],
  })
  const rollout = rolloutOf(success)
  expect(await measurement.checks("k", rollout, status, after(20), signal)).toEqual({ ok: true, list: [] })
  const first = await measurement.checks("k", rollout, status, after(21), signal)
  expect(first).toMatchObject({ ok: true, list: [{ index: 1, requests: 50, verdict: "good" }] })
  expect(first.ok && first.list[0]?.metrics).toMatchObject([{ name: "success-rate", value: 98, limit: "≥ 99 %" }])
  // Requests, errors and the stable side's requests of the interval; once, both sides' before the weight was there.
  expect(state.asked.map(({ time }) => time)).toEqual([20, 20, 20, 0, 0].map((seconds) => after(seconds) / 1000))
  expect(state.asked[0]?.query).toContain('destination_workload="web-canary"')
  await measurement.checks("k", rollout, status, after(25), signal)
  expect(state.asked).toHaveLength(5)
  expect(await measurement.checks("k", rollout, status, after(31), signal)).toMatchObject({ list: [{}, { index: 2 }] })
  expect(state.asked).toHaveLength(8)
})

test("an interval in which proxies did not follow the weight says so, save where that is not to be waited for", async () => {
  const answers = {
    'destination_workload="web-ga"': [[{}, "500"] as Sample],
    istio_requests_total: [] as Sample[],
  }
  const { measurement } = await prometheus(answers)
  const checks = await measurement.checks("k", rolloutOf(success), status, after(21), signal)
  expect(checks).toMatchObject({ list: [{ verdict: "not-shown", requests: 0, split: { stable: 500, canary: 0 } }] })
  const { measurement: other } = await prometheus(answers)
  const ignored = await other.checks("k", rolloutOf(`${success}, split: ignore`), status, after(21), signal)
  expect(ignored).toMatchObject({ list: [{ verdict: "no-data" }] })
})

test("a side that nobody counts is no reason to wait: its share cannot be known", async () => {
  const { measurement } = await prometheus({ 'destination_workload="web-canary"': [[{}, "50"]] })
  const checks = await measurement.checks("k", rolloutOf("[{name: error-rate, max: 100}]"), status, after(21), signal)
  expect(checks).toMatchObject({ list: [{ verdict: "good", requests: 50 }] })
  expect(checks.ok && checks.list[0]).not.toHaveProperty("split")
})

test("what proxies did before the weight is asked for again where Prometheus failed just then", async () => {
  const asIs = { ...toStable, "response_code=~": [[{}, "0"] as Sample], istio_requests_total: [[{}, "50"] as Sample] }
  const { state, measurement } = await prometheus(asIs)
  state.failsAt = liveAt / 1000
  const failed = await measurement.checks("k", rolloutOf(success), status, after(21), signal)
  expect(failed).toMatchObject({ ok: false, reason: expect.stringContaining("Prometheus could not answer") })
  state.failsAt = 0
  await measurement.checks("k", rolloutOf(success), status, after(21), signal)
  expect(state.asked.filter(({ time }) => time === liveAt / 1000).length).toBeGreaterThan(2)
})

test("a restart that forgot everything computes the same verdicts; another state begins anew", async () => {
  const answers = { "response_code=~": [[{}, "30"] as Sample], istio_requests_total: [[{}, "50"] as Sample] }
  const { measurement } = await prometheus(answers)
  const { measurement: other } = await prometheus(answers)
  const rollout = rolloutOf(success)
  const one = await measurement.checks("k", rollout, status, after(35), signal)
  expect(await other.checks("k", rollout, status, after(35), signal)).toEqual(one)
  expect(one).toMatchObject({ list: [{ verdict: "bad" }, { verdict: "bad" }] })
  const elsewhere = { live: { seq: 2, at: status.live.at } }
  expect(await measurement.checks("k", rollout, elsewhere, after(35), signal)).toEqual({ ok: true, list: [] })
})

test("intervals with a disturbance in them are not even asked for", async () => {
  const { state, measurement } = await prometheus({})
  const disturbed = { ...status, disturbed: [new Date(after(15)).toISOString()] }
  const checks = await measurement.checks("k", rolloutOf(success), disturbed, after(21), signal)
  expect(checks).toMatchObject({ list: [{ verdict: "excluded" }] })
  expect(state.asked).toEqual([])
})

test("no series is no data; a Prometheus that is away is neither", async () => {
  const { state, measurement } = await prometheus({})
  const checks = await measurement.checks("k", rolloutOf(success), status, after(21), signal)
  expect(checks).toMatchObject({ ok: true, list: [{ requests: 0, verdict: "no-data" }] })
  state.up = false
  const down = await measurement.checks("k", rolloutOf(success), status, after(31), signal)
  expect(down).toMatchObject({ ok: false, reason: expect.stringContaining("Prometheus could not answer") })
  state.up = true
  expect(await measurement.checks("k", rolloutOf(success), status, after(31), signal)).toMatchObject({ ok: true })
})

test("latencies come from the histogram, compared with the stable side's where that is asked for", async () => {
  const buckets = (fast: number): Sample[] => [
    [{ le: "100" }, String(fast)],
    [{ le: "1000" }, "100"],
    [{ le: "+Inf" }, "100"],
  ]
  const { measurement } = await prometheus({
    'bucket{reporter="source",destination_workload="web-canary"': buckets(50),
    'bucket{reporter="source",destination_workload="web-ga"': buckets(100),
    ...toStable,
    istio_requests_total: [[{}, "100"]],
  })
  const metrics = "[{name: latency-p90, max: 2s}, {name: latency-p90, compare: {to: stable, maxRatio: 2}}]"
  const checks = await measurement.checks("k", rolloutOf(metrics), status, after(21), signal)
  expect(checks.ok && checks.list[0]?.metrics).toMatchObject([
    { value: 820, limit: "≤ 2 s", verdict: "good" },
    { value: 820, limit: "≤ 2 × stable", verdict: "bad" },
  ])
})

test("a query of one's own is asked with its names filled in", async () => {
  const { state, measurement } = await prometheus({
    queue: [[{}, "7"]],
    ...toStable,
    istio_requests_total: [[{}, "100"]],
  })
  const metrics = "[{name: queue, query: 'max(queue{w=\"{{canary}}\"}[{{interval}}])', max: 5}]"
  const checks = await measurement.checks("k", rolloutOf(metrics), status, after(21), signal)
  expect(checks).toMatchObject({ list: [{ verdict: "bad", metrics: [{ value: 7, limit: "≤ 5" }] }] })
  expect(state.asked.map(({ query }) => query)).toContain('max(queue{w="web-canary"}[10s])')
})

test("no increase means no requests only where there is no counter either", async () => {
  const none = await prometheus({})
  expect(await none.measurement.traffic(rolloutOf(success), 10_000, after(9), signal)).toEqual({ stable: 0, canary: 0 })
  const scrapedTooSeldom = await prometheus({ "count(istio_requests_total": [[{}, "2"]] })
  expect(await scrapedTooSeldom.measurement.traffic(rolloutOf(success), 10_000, after(9), signal)).toBeUndefined()
  const down = await prometheus({})
  down.state.up = false
  expect(await down.measurement.traffic(rolloutOf(success), 10_000, after(9), signal)).toBeUndefined()
})
