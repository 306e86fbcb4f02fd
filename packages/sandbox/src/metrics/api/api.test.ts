import { once } from "node:events"
import { createServer, type Server } from "node:http"
import { connect, type AddressInfo } from "node:net"
import { fromClassic, Labels, MemoryStorage } from "@serin/promql"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { startMetrics, type Metrics } from "../metrics.ts"

const start = 1_700_000_000

let storage: MemoryStorage
let metrics: Metrics | undefined
let target: Server | undefined

beforeEach(() => {
  storage = new MemoryStorage()
})

afterEach(async () => {
  await metrics?.close()
  metrics = undefined
  target?.closeAllConnections()
  target?.close()
  target = undefined
})

async function serve(config = ""): Promise<void> {
  metrics = await startMetrics({
    config,
    storage,
    retention: 100 * 365 * 24 * 3_600_000,
    dial: async (host, port) => {
      const socket = connect(port, host)
      await once(socket, "connect")
      return socket
    },
    log: () => undefined,
  })
}

async function get(path: string, parameters: Record<string, string | readonly string[]> = {}): Promise<unknown> {
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  )
  const response = await fetch(`${metrics?.url ?? ""}${path}?${query.toString()}`)
  return response.json()
}

const append = (labels: Record<string, string>, time: number, value: Parameters<MemoryStorage["append"]>[2]) =>
  storage.append(Labels.from(labels), time * 1000, value)

function histogram() {
  const value = fromClassic({
    buckets: [
      { upper: 1, count: 2 },
      { upper: Number.POSITIVE_INFINITY, count: 3 },
    ],
    count: 3,
    sum: 7.5,
  })
  if ("wrong" in value) throw new Error(value.wrong)
  return value
}

const shown = {
  count: "3",
  sum: "7.5",
  buckets: [
    [3, "-Inf", "1", "2"],
    [0, "1", "+Inf", "1"],
  ],
}

describe("limits", () => {
  beforeEach(async () => {
    for (const pod of ["a", "b", "c"]) append({ __name__: "m", pod }, start, 1)
    await serve()
  })

  const truncated = ["results truncated due to limit"]

  test.each([
    ["/api/v1/query", { query: "m", time: String(start) }],
    ["/api/v1/query_range", { query: "m", start: String(start), end: String(start), step: "1" }],
  ])("%s answers as many series as wanted, and says so", async (path, parameters) => {
    const results = async (limit: string): Promise<[number, unknown]> => {
      const answer = (await get(path, { ...parameters, limit })) as { data: { result: unknown[] }; warnings?: string[] }
      return [answer.data.result.length, answer.warnings]
    }
    expect(await results("2")).toEqual([2, truncated])
    expect(await results("3")).toEqual([3, undefined])
    expect(await results("0")).toEqual([3, undefined])
  })

  test.each([
    ["/api/v1/series", { "match[]": "m" }, 3],
    ["/api/v1/labels", {}, 2],
    ["/api/v1/label/pod/values", {}, 3],
  ])("%s too", async (path, parameters, all) => {
    const answer = (await get(path, { ...parameters, limit: "1" })) as { data: unknown[]; warnings: string[] }
    expect([answer.data.length, answer.warnings]).toEqual([1, truncated])
    const whole = (await get(path, { ...parameters, limit: String(all) })) as { data: unknown[] }
    expect(whole).toEqual({ status: "success", data: whole.data })
    expect(whole.data).toHaveLength(all)
  })

  test.each([
    ["few", 'strconv.Atoi: parsing "few": invalid syntax'],
    ["-1", "limit must be non-negative"],
  ])("%s is none", async (limit, message) => {
    expect(await get("/api/v1/labels", { limit })).toEqual({
      status: "error",
      errorType: "bad_data",
      error: `invalid parameter "limit": ${message}`,
    })
  })
})

test("warnings and infos of a query are told beside its data", async () => {
  append({ __name__: "m" }, start, 1)
  append({ __name__: "m" }, start + 15, 2)
  append({ __name__: "h_bucket", le: "x" }, start + 15, 2)
  await serve()
  const time = String(start + 20)
  const rate = (await get("/api/v1/query", { query: "rate(m[1m])", time })) as { infos: string[]; warnings?: string[] }
  expect(rate.infos).toEqual([expect.stringMatching(/^PromQL info: metric might not be a counter.* \(1:6\)$/)])
  expect(rate.warnings).toBeUndefined()
  const quantile = (await get("/api/v1/query", { query: "histogram_quantile(0.5, h_bucket)", time })) as {
    warnings: string[]
  }
  expect(quantile.warnings).toEqual([expect.stringMatching(/^PromQL warning: .*bucket label/)])
})

test("native histograms have fields of their own", async () => {
  append({ __name__: "h" }, start, histogram())
  append({ __name__: "mixed" }, start, 1)
  append({ __name__: "mixed" }, start + 10, histogram())
  await serve()
  expect(await get("/api/v1/query", { query: "h", time: String(start) })).toMatchObject({
    data: { result: [{ metric: { __name__: "h" }, histogram: [start, shown] }] },
  })
  const range = { query: "mixed", start: String(start), end: String(start + 10), step: "10" }
  expect(await get("/api/v1/query_range", range)).toMatchObject({
    data: { result: [{ values: [[start, "1"]], histograms: [[start + 10, shown]] }] },
  })
  expect(await get("/api/v1/query", { query: "mixed[1m]", time: String(start + 10) })).toMatchObject({
    data: { result: [{ values: [[start, "1"]], histograms: [[start + 10, shown]] }] },
  })
})

test("a time that is long and none is refused as fast as it is read", async () => {
  await serve()
  const body = new URLSearchParams({ query: "1", time: `${"1".repeat(100_000)}x` })
  expect((await fetch(`${metrics?.url ?? ""}/api/v1/query`, { method: "POST", body })).status).toBe(400)
})

test("a query says, when asked, what it read", async () => {
  for (const pod of ["a", "b"]) for (const at of [0, 15, 30]) append({ __name__: "m", pod }, start + at, at)
  await serve()
  const query = { query: "sum_over_time(m[1m])", time: String(start + 30) }
  expect(await get("/api/v1/query", { ...query, stats: "all" })).toMatchObject({
    data: {
      stats: {
        timings: { evalTotalTime: expect.any(Number) as number },
        samples: { samplesRead: 6, seriesTouched: 2 },
      },
    },
  })
  expect(Object.keys(((await get("/api/v1/query", query)) as { data: object }).data)).toEqual(["resultType", "result"])
})

test("the look-back may be a query's own", async () => {
  append({ __name__: "m" }, start, 1)
  await serve()
  const count = async (lookback: string): Promise<number> => {
    const parameters = { query: "m", time: String(start + 120), lookback_delta: lookback }
    return ((await get("/api/v1/query", parameters)) as { data: { result: unknown[] } }).data.result.length
  }
  expect([await count("1m"), await count("180"), await count("0")]).toEqual([0, 1, 1])
})

test("names of any letters are found as they are escaped in an address", async () => {
  append({ __name__: "m", "a.label/of many_letters": "x" }, start, 1)
  append({ __name__: "m", U__: "y" }, start, 1)
  await serve()
  const values = async (name: string) => ((await get(`/api/v1/label/${name}/values`)) as { data: unknown }).data
  expect(await values("U__a_2e_label_2f_of_20_many__letters")).toEqual(["x"])
  expect(await values(encodeURIComponent("a.label/of many_letters"))).toEqual(["x"])
  expect(await get("/api/v1/label/U__/values")).toMatchObject({ error: 'invalid label name: ""' })
  expect(await values("U__no_hex_")).toEqual([])
})

test("what is stored is counted", async () => {
  for (const pod of ["a", "bb"]) append({ __name__: "m", pod }, start, 1)
  append({ __name__: "other" }, start + 60, 1)
  await serve()
  expect(await get("/api/v1/status/tsdb", { limit: "1" })).toEqual({
    status: "success",
    data: {
      headStats: { numSeries: 3, numLabelPairs: 4, minTime: start * 1000, maxTime: (start + 60) * 1000 },
      seriesCountByMetricName: [{ name: "m", value: 2 }],
      labelValueCountByLabelName: [{ name: "__name__", value: 2 }],
      memoryInBytesByLabelName: [{ name: "__name__", value: 7 }],
      seriesCountByLabelValuePair: [{ name: "__name__=m", value: 2 }],
    },
  })
  expect(await get("/api/v1/status/tsdb", { limit: "0" })).toMatchObject({ error: "limit must be a positive number" })
})

test("a query is answered as a tree", async () => {
  await serve()
  const query = 'sum by (app) (rate(m{a=~"b"}[5m] offset 1m)) / on (app) group_left () x @ end()'
  const selector = {
    offset: 60_000,
    offsetExpr: null,
    timestamp: null,
    startOrEnd: null,
    anchored: false,
    smoothed: false,
  }
  expect(await get("/api/v1/parse_query", { query })).toEqual({
    status: "success",
    data: {
      type: "binaryExpr",
      op: "/",
      bool: false,
      matching: {
        card: "many-to-one",
        labels: ["app"],
        on: true,
        include: [],
        fillValues: { lhs: null, rhs: null },
      },
      lhs: {
        type: "aggregation",
        op: "sum",
        param: null,
        grouping: ["app"],
        without: false,
        expr: {
          type: "call",
          func: { name: "rate", argTypes: ["matrix"], variadic: 0, returnType: "vector" },
          args: [
            {
              type: "matrixSelector",
              name: "m",
              range: 300_000,
              rangeExpr: null,
              matchers: [
                { name: "__name__", type: "=", value: "m" },
                { name: "a", type: "=~", value: "b" },
              ],
              ...selector,
            },
          ],
        },
      },
      rhs: {
        type: "vectorSelector",
        name: "x",
        matchers: [{ name: "__name__", type: "=", value: "x" }],
        ...selector,
        offset: 0,
        startOrEnd: "end",
      },
    },
  })
  expect(await get("/api/v1/parse_query", { query: "sum(" })).toMatchObject({ errorType: "bad_data" })
})

describe("of what is scraped", () => {
  const scraped = async (body: string, settings: object): Promise<void> => {
    const type = "application/openmetrics-text; version=1.0.0"
    target = createServer((_request, response) => response.setHeader("content-type", type).end(body))
    target.listen(0, "127.0.0.1")
    await once(target, "listening")
    const { port } = target.address() as AddressInfo
    const job = { job_name: "app", static_configs: [{ targets: [`127.0.0.1:${String(port)}`] }], ...settings }
    await serve(
      JSON.stringify({ global: { scrape_interval: "100ms", scrape_timeout: "100ms" }, scrape_configs: [job] }),
    )
  }
  const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 10_000 })
  const result = async (query: string) =>
    ((await get("/api/v1/query", { query })) as { data: { result: Record<string, unknown>[] } }).data.result

  test("exemplars are found by the series that a query names", async () => {
    const body =
      '# TYPE m counter\nm_total{way="a"} 1 # {trace_id="abc"} 0.5 1700000000.25\nm_total{way="b"} 1\n# EOF\n'
    await scraped(body, {})
    await until(async () => {
      const parameters = { query: "sum(rate(m_total[1m])) / other" }
      expect(await get("/api/v1/query_exemplars", parameters)).toEqual({
        status: "success",
        data: [
          {
            seriesLabels: expect.objectContaining({ __name__: "m_total", way: "a", job: "app" }) as object,
            exemplars: [{ labels: { trace_id: "abc" }, value: "0.5", timestamp: 1_700_000_000.25 }],
          },
        ],
      })
    })
    expect(await get("/api/v1/query_exemplars", { query: 'm_total{way="b"}' })).toMatchObject({ data: [] })
    expect(await get("/api/v1/query_exemplars", { query: "m_total", end: "1600000000" })).toMatchObject({ data: [] })
  })

  test("classic histograms come as native ones when that is asked for", async () => {
    const body =
      '# TYPE h histogram\nh_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 3\nh_sum 7.5\nh_count 3\n# TYPE g gauge\ng 1\n# EOF\n'
    await scraped(body, { convert_classic_histograms_to_nhcb: true })
    await until(async () => expect((await result("h"))[0]?.["histogram"]).toEqual([expect.any(Number), shown]))
    expect(await result("h_count")).toEqual([])
    expect(await result("g")).toHaveLength(1)
  })

  test("names of any letters, and the extra series of a scrape", async () => {
    await scraped('# TYPE "a.gauge" gauge\n{"a.gauge","a label"="x"} 1\n# EOF\n', { extra_scrape_metrics: true })
    await until(async () => {
      expect((await result('{"a.gauge"}'))[0]?.["metric"]).toMatchObject({ __name__: "a.gauge", "a label": "x" })
    })
    expect((await result("scrape_body_size_bytes"))[0]?.["value"]).toEqual([expect.any(Number), "57"])
    expect(await result('{__name__=~"scrape_(timeout_seconds|sample_limit)"}')).toHaveLength(2)
  })

  test("with the names of old the scrape fails where they have to be so", async () => {
    await scraped('{"a.gauge"} 1\n# EOF\n', { metric_name_validation_scheme: "legacy" })
    await until(async () => {
      const { data } = (await get("/api/v1/targets")) as { data: { activeTargets: { lastError: string }[] } }
      expect(data.activeTargets[0]?.lastError).toMatch(/^invalid metric name or label names: /)
    })
  })
})

test("the steps of relabelling are told", async () => {
  await serve(
    JSON.stringify({
      scrape_configs: [
        {
          job_name: "app",
          relabel_configs: [
            { source_labels: ["a"], target_label: "b" },
            { source_labels: ["b"], regex: "x", action: "drop" },
            { source_labels: ["b"], target_label: "c" },
          ],
        },
      ],
    }),
  )
  const answer = (await get("/api/v1/targets/relabel_steps", { scrapePool: "app", labels: '{"a":"x"}' })) as {
    data: { steps: { output: object; keep: boolean }[] }
  }
  expect(answer.data.steps.map(({ output, keep }) => [output, keep])).toEqual([
    [{ a: "x", b: "x" }, true],
    [{}, false],
    [{}, false],
  ])
  expect(await get("/api/v1/targets/relabel_steps", { scrapePool: "none", labels: "{}" })).toMatchObject({
    error: 'error retrieving scrape config: unknown scrape pool: "none"',
  })
})
