import { describe, expect, test } from "vitest"
import { parseTestHistogram } from "../histogram/test-form.ts"
import { Labels } from "../labels.ts"
import { MemoryStorage } from "../storage/memory-storage.ts"
import { Engine, type EngineOptions } from "./engine.ts"

/** Values a minute from time 0. */
function engineOf(series: Readonly<Record<string, readonly number[]>>, options: EngineOptions = {}): Engine {
  const storage = new MemoryStorage()
  for (const [text, values] of Object.entries(series)) {
    const [name = "", job] = text.split("/")
    const labels = Labels.from({ __name__: name, job: job ?? "" })
    values.forEach((value, minute) => storage.append(labels, minute * 60_000, value))
  }
  return new Engine(storage, { experimental: true, ...options })
}

function answer(engine: Engine, query: string, minute = 2): Record<string, unknown> {
  const result = engine.instant(query, minute * 60_000)
  if (result.type !== "vector") throw new Error(result.type)
  return Object.fromEntries(result.series.map(({ labels, sample }) => [labels.toString(), sample[1]]))
}

const jobs = engineOf({ "x/a": [0, 1, 2], "x/b": [0, 10, 20], "y/a": [5, 5, 5], "y/c": [7, 7, 7] })

describe("what is missing on a side is filled in", () => {
  test.each([
    ["x + on(job) fill(100) y", { '{job="a"}': 7, '{job="b"}': 120, '{job="c"}': 107 }],
    ["x + on(job) fill_left(1) y", { '{job="a"}': 7, '{job="c"}': 8 }],
    ["x - on(job) fill_right(1) y", { '{job="a"}': -3, '{job="b"}': 19 }],
  ])("%s", (query, expected) => {
    expect(answer(jobs, query)).toEqual(expected)
  })
})

describe("the name of what is no longer the metric", () => {
  test("goes at once", () => {
    expect(answer(jobs, "-x")).toEqual({ '{job="a"}': -2, '{job="b"}': -20 })
    expect(answer(jobs, 'label_replace(-x, "__name__", "z", "", "")')).toEqual({
      'z{job="a"}': -2,
      'z{job="b"}': -20,
    })
    expect(() => answer(jobs, '-{__name__=~"x|y"}')).toThrow("vector cannot contain metrics with the same labelset")
  })

  test("or goes at the end, where a query may still use it", () => {
    const delayed = engineOf({ "x/a": [0, 1, 2], "y/a": [5, 5, 5] }, { delayedNameRemoval: true })
    expect(answer(delayed, "-x")).toEqual({ '{job="a"}': -2 })
    expect(() => answer(delayed, '-{__name__=~"x|y"}')).toThrow("vector cannot contain metrics with the same labelset")
    expect(answer(delayed, 'label_replace(-{__name__=~"x|y"}, "of", "$1", "__name__", "(.*)")')).toEqual({
      '{job="a", of="x"}': -2,
      '{job="a", of="y"}': -5,
    })
  })
})

test("an expression that is written twice is evaluated once, and told of where it is written last", () => {
  expect(jobs.instant("rate(x[2m]) / rate(x[2m])", 120_000).infos).toEqual([
    'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (1:20)',
  ])
})

test("histograms are values: selected, added up, cut, compared", () => {
  const storage = new MemoryStorage()
  const labels = Labels.from({ __name__: "h" })
  for (const minute of [0, 1, 2]) {
    const size = String(2 * minute)
    const parsed = parseTestHistogram(`{{schema:0 count:${String(4 * minute)} sum:8 buckets:[${size} ${size}]}}`)
    if ("wrong" in parsed) throw new Error(parsed.wrong)
    storage.append(labels, minute * 60_000, parsed.histogram)
  }
  const engine = new Engine(storage, { experimental: true })
  expect(answer(engine, "histogram_count(h + h)")).toEqual({ "{}": 16 })
  expect(answer(engine, "h == bool h")).toEqual({ "{}": 1 })
  expect(answer(engine, "histogram_count(h </ 1)")).toEqual({ "{}": 4 })
  expect(answer(engine, "count_over_time(h[3m])")).toEqual({ "{}": 3 })
  expect(engine.instant("h + 1", 120_000).infos).toEqual([
    'PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)',
  ])
})

describe("what a query may cost has an end", () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x/${String(index)}`, [1, 2, 3]]))
  test.each([
    ["samples", { maxSamples: 30 }, "too many samples"],
    ["series", { maxSeries: 10 }, "too many series"],
    ["steps", { maxPoints: 100 }, "exceeded maximum resolution of 100 points per timeseries"],
  ])("%s", (_what, options, message) => {
    expect(() => engineOf(many, options).range("sum(x)", 0, 3_600_000, 1000)).toThrow(message)
  })

  test("a subquery with more steps than there may be samples fails before it takes memory", () => {
    expect(() => jobs.instant("max_over_time(x[1y:1ms])", 0)).toThrow("too many samples")
  })

  test("as deep as a query may be, it is answered", () => {
    expect(answer(jobs, `x${" + x".repeat(1000)}`)).toEqual({ '{job="a"}': 2002, '{job="b"}': 20_020 })
    expect(answer(jobs, `${"(".repeat(490)}-x${")".repeat(490)}`)).toEqual({ '{job="a"}': -2, '{job="b"}': -20 })
  })
})

test.each([
  ["limitk(1, x)", "limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"],
  ["mad_over_time(x[1m])", 'function "mad_over_time" is not enabled'],
  ["x + fill(0) y", "binop fill modifiers are experimental and not enabled"],
  ["größe", "unexpected character: 'ö'"],
])("%s is behind a flag", (query, message) => {
  expect(() => engineOf({}, { experimental: false }).instant(query, 0)).toThrow(message)
})

test("a range query of nothing but past the end is empty, of a range it is a mistake", () => {
  expect(jobs.range("x", 60_000, 0, 1000).series).toEqual([])
  expect(() => jobs.range("x[1m]", 0, 60_000, 1000)).toThrow(
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  )
})
