import { describe, expect, test } from "vitest"
import { formatValue } from "../format.ts"
import { Labels } from "../labels.ts"
import { MemoryStorage } from "../storage/memory-storage.ts"
import { Engine, type Sample } from "./engine.ts"
import type { PromqlError } from "./query-error.ts"

/** `"0+10x6"` appends 0, 10, … 60, one a minute from time 0; `_` is a gap, `stale` ends a series. */
function load(lines: Readonly<Record<string, string>>): Engine {
  const storage = new MemoryStorage()
  for (const [series, text] of Object.entries(lines)) {
    const match = /^(\w*)(?:\{(.*)\})?$/.exec(series)
    const pairs = [...(match?.[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, value] as const,
    )
    const labels = Labels.from([["__name__", match?.[1] ?? ""], ...pairs])
    const expanded = text.split(" ").flatMap((word) => {
      const run = /^(-?[\d.]+)\+(-?[\d.]+)x(\d+)$/.exec(word)
      return run
        ? Array.from({ length: Number(run[3]) + 1 }, (_, index) => String(Number(run[1]) + Number(run[2]) * index))
        : [word]
    })
    expanded.forEach(
      (value, minute) =>
        value === "_" || storage.append(labels, minute * 60_000, value === "stale" ? "stale" : Number(value)),
    )
  }
  return new Engine(storage)
}

const shown = (value: Sample[1]): string => formatValue(typeof value === "number" ? value : Number.NaN)

function ask(engine: Engine, query: string, minute: number): Record<string, string> {
  const result = engine.instant(query, minute * 60_000)
  if (result.type === "scalar") return { scalar: shown(result.sample[1]) }
  if (result.type !== "vector") throw new Error(result.type)
  return Object.fromEntries(result.series.map(({ labels, sample }) => [labels.toString(), shown(sample[1])]))
}

const requests = load({
  'http_requests_total{job="a",code="200"}': "0+60x10",
  'http_requests_total{job="a",code="500"}': "0+6x10",
  'http_requests_total{job="b",code="200"}': "0+120x5 0+120x4",
})

describe("rates", () => {
  test.each([
    ['rate(http_requests_total{job="a"}[5m])', { '{code="200", job="a"}': "1", '{code="500", job="a"}': "0.1" }],
    ['increase(http_requests_total{code="500"}[10m])', { '{code="500", job="a"}': "60" }],
    ["sum by (job) (rate(http_requests_total[5m]))", { '{job="a"}': "1.1", '{job="b"}': "1.6" }],
    ['resets(http_requests_total{job="b"}[11m])', { '{code="200", job="b"}': "1" }],
    [
      'sum(rate(http_requests_total{job="a",code="500"}[5m])) / sum(rate(http_requests_total{job="a"}[5m]))',
      { "{}": "0.09090909090909091" },
    ],
  ])("%s", (query, expected) => {
    expect(ask(requests, query, 10)).toEqual(expected)
  })
})

describe("vectors", () => {
  test.each([
    ["topk(1, http_requests_total)", { 'http_requests_total{code="200", job="a"}': "600" }],
    ["count(http_requests_total)", { "{}": "3" }],
    ['http_requests_total{job="a"} > 100', { 'http_requests_total{code="200", job="a"}': "600" }],
    ['http_requests_total{job="a"} > bool 100', { '{code="200", job="a"}': "1", '{code="500", job="a"}': "0" }],
    [
      'http_requests_total{code="500"} / on(job) group_left http_requests_total{code="200",job="a"}',
      { '{code="500", job="a"}': "0.1" },
    ],
    [
      'http_requests_total{job="a"} unless http_requests_total{code="200"}',
      { 'http_requests_total{code="500", job="a"}': "60" },
    ],
    ['absent(nothing{job="x"})', { '{job="x"}': "1" }],
    [
      'label_replace(http_requests_total{code="500"}, "team", "t-$1", "job", "(.*)")',
      { 'http_requests_total{code="500", job="a", team="t-a"}': "60" },
    ],
    ["scalar(vector(3)) + 1", { scalar: "4" }],
    ['max_over_time(rate(http_requests_total{job="a",code="200"}[2m])[4m:1m])', { '{code="200", job="a"}': "1" }],
  ])("%s", (query, expected) => {
    expect(ask(requests, query, 10)).toEqual(expected)
  })

  test("two partners on the one side are an error that names both", () => {
    expect(() => ask(requests, 'http_requests_total{code="500"} / on(job) http_requests_total{job="a"}', 10)).toThrow(
      /found duplicate series for the match group {job="a"} on the right hand-side/,
    )
  })
})

test("histogram_quantile interpolates within the bucket of the rank", () => {
  const engine = load({
    'd_bucket{le="0.1"}': "0+50x5",
    'd_bucket{le="1"}': "0+90x5",
    'd_bucket{le="+Inf"}': "0+100x5",
  })
  expect(ask(engine, "histogram_quantile(0.5, rate(d_bucket[5m]))", 5)).toEqual({ "{}": "0.1" })
  expect(ask(engine, "histogram_quantile(0.9, rate(d_bucket[5m]))", 5)).toEqual({ "{}": "1" })
  expect(ask(engine, "histogram_quantile(0.99, rate(d_bucket[5m]))", 5)).toEqual({ "{}": "1" })
})

test("a stale series is gone at once, one that merely stops is gone after the look-back", () => {
  const engine = load({ 'up{i="stale"}': "1 1 stale", 'up{i="stops"}': "1 1" })
  expect(ask(engine, "up", 1)).toEqual({ 'up{i="stale"}': "1", 'up{i="stops"}': "1" })
  expect(ask(engine, "up", 2)).toEqual({ 'up{i="stops"}': "1" })
  expect(ask(engine, "up", 5.9)).toEqual({ 'up{i="stops"}': "1" })
  expect(ask(engine, "up", 6)).toEqual({})
})

test("ranges are left-open: a sample exactly at the left border does not count", () => {
  expect(ask(load({ a: "1 1 1" }), "count_over_time(a[2m])", 2)).toEqual({ "{}": "2" })
})

test("a range query gives each step's own value", () => {
  const { series } = requests.range('sum(http_requests_total{job="a"})', 0, 120_000, 60_000)
  expect(series.map(({ samples }) => samples)).toEqual([
    [
      [0, 0],
      [60_000, 66],
      [120_000, 132],
    ],
  ])
})

test("a query that reads too much fails with a sentence instead of taking the process down", () => {
  const storage = new MemoryStorage()
  for (let time = 0; time < 200; time += 1) storage.append(Labels.from({ __name__: "a" }), time * 1000, 1)
  expect(() => new Engine(storage, { maxSamples: 100 }).instant("sum_over_time(a[1h])", 200_000)).toThrow(
    /too many samples/,
  )
})

test("a query whose time is over ends", () => {
  expect(() => requests.instant("sum(http_requests_total)", 600_000, () => true)).toThrow(/timed out/)
})

test.each([
  ["quantile_over_time(0.5, a[1h])", 3600],
  ["double_exponential_smoothing(a[1h], 0.5, 0.5)", 3600],
  ["topk(1, a)", 60],
  ["quantile(0.5, a)", 60],
])("its time may also be over while %s reads one series", (query, samples) => {
  const storage = new MemoryStorage()
  for (let time = 1; time <= samples; time += 1) storage.append(Labels.from({ __name__: "a" }), time * 1000, time)
  let asked = 0
  const engine = new Engine(storage, { experimental: true })
  expect(() => engine.range(query, 0, samples * 1000, samples * 5, () => ++asked > 8)).toThrow(/timed out/)
})

test("retention drops old samples and empty series", () => {
  const storage = new MemoryStorage()
  const labels = Labels.from({ __name__: "a" })
  for (let time = 1; time <= 100; time += 1) storage.append(labels, time, time)
  storage.append(Labels.from({ __name__: "old" }), 1, 1)
  storage.retain(60)
  expect(storage.seriesCount).toBe(1)
  const [kept] = storage.select([{ label: "__name__", op: "=", value: "a" }], 0, 1000)
  expect(kept?.read().times[0]).toBe(60)
  expect(storage.append(labels, 101, 101)).toBe(true)
  expect(storage.append(labels, 101, 102)).toBe(false)
})

test.each([0, -1, Number.NaN])("a step of %s is none", (step) => {
  expect(() => requests.range("vector(1)", 0, 1_000, step)).toThrow(
    expect.objectContaining({ name: "PromqlError", errorType: "bad_data" }) as PromqlError,
  )
})
