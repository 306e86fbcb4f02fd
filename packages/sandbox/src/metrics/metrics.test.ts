import { createServer, type Server } from "node:http"
import { connect, type AddressInfo } from "node:net"
import { once } from "node:events"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { Labels, MemoryStorage } from "@serin/promql"
import type { KubeClient, WatchEvent } from "../kube/client.ts"
import type { Pod } from "../kube/types.gen.ts"
import { parseConfig } from "./config.ts"
import { discover } from "./discovery/index.ts"
import { startMetrics, type Metrics } from "./metrics.ts"
import { relabel, relabelRule } from "./relabel.ts"

const config = `
global: {scrape_interval: 100ms, scrape_timeout: 100ms}
scrape_configs:
  - job_name: pods
    kubernetes_sd_configs: [{role: pod}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
      - {source_labels: [__meta_kubernetes_pod_controller_name], regex: "(.+)-[a-z0-9]+", target_label: _weave_service}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
`

const pod = (port: number, name = "podinfo-ga-abc12-x"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "test",
    annotations: { "prometheus.io/scrape": "true" },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "podinfo-ga-abc12", uid: "1", controller: true },
    ],
  },
  spec: { containers: [{ name: "app", ports: [{ containerPort: port }] }] },
  status: { phase: "Running", podIP: "127.0.0.1" },
})

/** Only the watch that service discovery uses; what it delivers is decided by the test. */
function watchOnly(start: (emit: (event: WatchEvent<Pod>) => void) => void): KubeClient {
  const unused = () => Promise.reject(new Error("not used by service discovery"))
  return {
    get: unused,
    list: unused,
    resources: () => [],
    bind: unused,
    create: unused,
    update: unused,
    patch: unused,
    delete: unused,
    watch: (_ref, _options, onEvent) => start(onEvent as (event: WatchEvent<Pod>) => void),
  }
}

const dial = async (host: string, port: number) => {
  const socket = connect(port, host)
  await once(socket, "connect")
  return socket
}

let target: Server
let requests = 0
let metrics: Metrics
let emit: (event: WatchEvent<Pod>) => void = () => undefined

beforeEach(async () => {
  requests = 0
  target = createServer((_request, response) =>
    response
      .setHeader("content-type", "text/plain; version=0.0.4")
      .end(`# TYPE http_requests_total counter\nhttp_requests_total{code="200"} ${(requests += 1)}\n`),
  )
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve))
  metrics = await startMetrics({
    config,
    dial,
    log: () => undefined,
    client: watchOnly((listener) => (emit = listener)),
  })
})

afterEach(async () => {
  await metrics.close()
  target.closeAllConnections()
  target.close()
})

const port = () => (target.address() as AddressInfo).port

async function query(text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${metrics.url}/api/v1/query?query=${encodeURIComponent(text)}`)
  const answer = (await response.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] }
  }
  return answer.data.result
}

const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 10_000 })

test("a pod that asks for it is scraped under its relabelled labels", async () => {
  emit({ type: "ADDED", object: pod(port()) })
  await until(async () => {
    const [series] = await query('http_requests_total{_weave_service="podinfo-ga"}')
    expect(Number(series?.value[1])).toBeGreaterThan(2)
    expect(series?.metric).toEqual({
      __name__: "http_requests_total",
      _weave_service: "podinfo-ga",
      code: "200",
      instance: `127.0.0.1:${port()}`,
      job: "pods",
      pod: "podinfo-ga-abc12-x",
    })
  })
  await until(async () => expect((await query("up"))[0]?.value[1]).toBe("1"))
})

test("a pod that goes away ends its series at once, not after the look-back", async () => {
  emit({ type: "ADDED", object: pod(port()) })
  await until(async () => expect(await query("http_requests_total")).toHaveLength(1))
  emit({ type: "DELETED", object: pod(port()) })
  await until(async () => expect(await query("http_requests_total")).toEqual([]))
})

test("a target that does not answer is down, with the reason", async () => {
  emit({ type: "ADDED", object: pod(port()) })
  await until(async () => expect((await query("up"))[0]?.value[1]).toBe("1"))
  target.closeAllConnections()
  target.close()
  await until(async () => {
    const answer = (await (await fetch(`${metrics.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] }
    }
    expect(answer.data.activeTargets[0]).toMatchObject({
      health: "down",
      lastError: expect.stringContaining("connection refused") as string,
    })
  })
  await until(async () => expect((await query("up"))[0]?.value[1]).toBe("0"))
})

test("a target that is found again with other labels of discovery goes on, and shows them", async () => {
  const found = (ready: string): Pod => ({
    ...pod(port()),
    status: { ...pod(port()).status, conditions: [{ type: "Ready", status: ready }] },
  })
  const discovered = async () => {
    const answer = (await (await fetch(`${metrics.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { discoveredLabels: Record<string, string> }[] }
    }
    return answer.data.activeTargets.map(({ discoveredLabels: labels }) => labels["__meta_kubernetes_pod_ready"])
  }
  emit({ type: "ADDED", object: found("False") })
  await until(async () => expect(await discovered()).toEqual(["false"]))
  emit({ type: "MODIFIED", object: found("True") })
  await until(async () => expect(await discovered()).toEqual(["true"]))
})

test("samples that the disk refuses are told, and answered from memory all the same", async () => {
  const told: string[] = []
  const full = (): never => {
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
  }
  const storage = new MemoryStorage()
  storage.keep({ sample: () => undefined, retain: full, commit: full, close: () => undefined })
  const other = await startMetrics({
    config: `{global: {scrape_interval: 50ms, scrape_timeout: 50ms}, scrape_configs: [{job_name: a, static_configs: [{targets: ["127.0.0.1:${port()}"]}]}]}`,
    dial,
    storage,
    log: (message) => told.push(message),
  })
  try {
    const scraped = async () => {
      const answer = await fetch(`${other.url}/api/v1/query?query=count_over_time(http_requests_total[1m])`)
      return ((await answer.json()) as { data: { result: { value: [number, string] }[] } }).data.result[0]?.value[1]
    }
    await until(async () => expect(Number(await scraped())).toBeGreaterThan(2))
    expect(told).toContain("samples could not be kept: after a restart they are missing")
  } finally {
    await other.close()
  }
})

describe("errors as Prometheus answers them", () => {
  test.each([
    [
      "/api/v1/query?query=sum(",
      400,
      "bad_data",
      'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
    ],
    [
      "/api/v1/query_range?query=up&start=10&end=0&step=1",
      400,
      "bad_data",
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      "/api/v1/query_range?query=up&start=0&end=100000&step=1",
      400,
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    ],
    ["/api/v1/query?query=1&timeout=0", 503, "timeout", "query timed out in query queue"],
    ["/api/v1/series", 400, "bad_data", "no match[] parameter provided"],
  ])("%s", async (path, status, errorType, error) => {
    const response = await fetch(`${metrics.url}${path}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ status: "error", errorType, error })
  })
})

test("labels, values and series are found by selector", async () => {
  emit({ type: "ADDED", object: pod(port()) })
  await until(async () => expect(await query("http_requests_total")).toHaveLength(1))
  const get = async (path: string) => ((await (await fetch(`${metrics.url}${path}`)).json()) as { data: unknown }).data
  expect(await get("/api/v1/label/_weave_service/values")).toEqual(["podinfo-ga"])
  expect(await get("/api/v1/labels?match[]=http_requests_total")).toContain("code")
  expect(await get("/api/v1/series?match[]=up")).toHaveLength(1)
})

test("discovery of pods without a Kubernetes API is refused, not left out", async () => {
  await expect(startMetrics({ config, dial, log: () => undefined })).rejects.toThrow(/kubernetes_sd_configs/)
})

test("a configuration that is not understood names the field", async () => {
  await expect(
    startMetrics({
      config: "scrape_configs: [{job_name: a, scrape_intervall: 1s}]",
      dial,
      log: () => undefined,
      client: watchOnly(() => undefined),
    }),
  ).rejects.toThrow(/scrape_configs\.0.*scrape_intervall/s)
})

describe("intervals and timeouts as Prometheus takes them", () => {
  const timing = (settings: string) => {
    const [job] = parseConfig(settings).scrape_configs
    return [job?.scrape_interval, job?.scrape_timeout]
  }
  test.each([
    ["scrape_configs: [{job_name: a}]", [60_000, 10_000]],
    ["{global: {scrape_interval: 0s, scrape_timeout: 0s}, scrape_configs: [{job_name: a}]}", [60_000, 10_000]],
    ["{global: {scrape_interval: 5s}, scrape_configs: [{job_name: a, scrape_interval: 0s}]}", [5_000, 5_000]],
    ["scrape_configs: [{job_name: a, scrape_interval: 3s}]", [3_000, 3_000]],
  ])("%s", (settings, expected) => expect(timing(settings)).toEqual(expected))

  test.each([
    ["global: {scrape_interval: 1s, scrape_timeout: 2s}", "global scrape timeout greater than scrape interval"],
    [
      "scrape_configs: [{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}]",
      'scrape timeout greater than scrape interval for scrape config with job name "a"',
    ],
  ])("%s", (settings, reason) => expect(() => parseConfig(settings)).toThrow(reason))
})

describe("mistakes in a configuration are told with their place", () => {
  test.each([
    ["global: {\nscrape_configs: []", /^Prometheus configuration: \d+:\d+: /],
    [
      "scrape_configs: [{job_name: a, relabel_configs: [{regex: '(', target_label: x}]}]",
      "scrape_configs.0.relabel_configs.0: error parsing regexp: missing closing ): `(`",
    ],
    ['scrape_configs: [{job_name: ""}]', "scrape_configs.0.job_name: job_name is empty"],
    [
      "scrape_configs: [{job_name: a, http_sd_configs: [{url: 'http://u:hunter2@127.0.0.1/'}]}]",
      "scrape_configs.0.http_sd_configs.0.url: must hold no user or password",
    ],
  ])("%s", (text, reason) => expect(() => parseConfig(text)).toThrow(reason))

  test("without the line, which may hold a password", () => {
    const text = "scrape_configs:\n  - job_name: a\n    basic_auth: {username: u, password: hunter2\n  - b: ["
    expect(() => parseConfig(text)).toThrow(/^Prometheus configuration: 4:\d+: (?!.*hunter2)/s)
  })
})

test("an address that is none is dropped, not scraped", () => {
  const text = "scrape_configs: [{job_name: a, static_configs: [{targets: ['not an address', '127.0.0.1:1']}]}]"
  const { targets, dropped } = discover(parseConfig(text))
  expect(targets.map(({ url }) => url)).toEqual(["http://127.0.0.1:1/metrics"])
  expect(dropped.map(({ discovered }) => discovered.get("__address__"))).toEqual(["not an address"])
})

describe("relabelling", () => {
  const apply = (rule: object) =>
    relabel(Labels.from({ __address__: "10.0.0.1", a: "x", b: "y" }), [relabelRule.parse(rule)])?.toRecord()
  test.each([
    [
      { source_labels: ["__address__", "a"], regex: "(.+);(.+)", target_label: "c", replacement: "$1:${2}" },
      { __address__: "10.0.0.1", a: "x", b: "y", c: "10.0.0.1:x" },
    ],
    [{ source_labels: ["a"], regex: "x", action: "drop" }, undefined],
    [{ source_labels: ["a"], regex: "z", action: "keep" }, undefined],
    [
      { regex: "(a|b)", action: "labelmap", replacement: "m_$1" },
      { __address__: "10.0.0.1", a: "x", b: "y", m_a: "x", m_b: "y" },
    ],
    [
      { regex: "a", action: "labeldrop" },
      { __address__: "10.0.0.1", b: "y" },
    ],
    [
      { source_labels: ["a"], target_label: "b", replacement: "$1_suffix" },
      { __address__: "10.0.0.1", a: "x" },
    ],
    [
      { source_labels: ["a"], target_label: "b", action: "uppercase" },
      { __address__: "10.0.0.1", a: "x", b: "X" },
    ],
  ])("%j", (rule, expected) => {
    expect(apply(rule)).toEqual(expected)
  })
})
