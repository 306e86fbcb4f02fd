import fc from "fast-check"
import { expect, test } from "vitest"
import { parseCanarySpec, type Analysis, type CanarySpec, type Metric } from "./spec.ts"
import { countAbove, quantile, ratioBounds, type Bucket } from "./statistics.ts"
import { tally } from "./tally.ts"
import { describeBreach, judgeMetric, judgeWindow, type Check } from "./verdict.ts"
import { dueWindows, isDisturbed, nextDue } from "./windows.ts"

const sides = { stable: { deployment: "a", subset: "a" }, canary: { deployment: "b", subset: "b" } }

function specOf(spec: object): CanarySpec {
  const result = parseCanarySpec("podinfo", { ...sides, ...spec })
  if (!result.ok) throw new Error(result.reason)
  return result.spec
}

const analysisOf = (analysis: object): Analysis => specOf({ analysis }).analysis

function metricOf(metric: object): Metric {
  const [first] = analysisOf({ metrics: [metric] }).metrics
  if (first === undefined) throw new Error("no metric")
  return first
}

test("a spec of the sides alone has production's defaults", () => {
  expect(specOf({})).toMatchObject({
    virtualService: { name: "podinfo" },
    steps: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((weight) => ({ weight, pause: false, minMs: 0 })),
    analysis: {
      intervalMs: 30_000,
      warmupMs: 30_000,
      passes: 4,
      failures: 3,
      minimumSamples: 20,
      lagMs: 15_000,
      drainMs: 30_000,
    },
    gates: { start: "auto", promote: "auto" },
    scaleDownCanary: true,
    onNewImage: "wait",
  })
})

test("steps may be long, may stop, and always end at 100", () => {
  const { steps } = specOf({ steps: [5, { weight: 30, pause: true }, { weight: 50, for: "1h30m" }] })
  expect(steps).toEqual([
    { weight: 5, pause: false, minMs: 0 },
    { weight: 30, pause: true, minMs: 0 },
    { weight: 50, pause: false, minMs: 5_400_000 },
    { weight: 100, pause: false, minMs: 0 },
  ])
  expect(specOf({ stepWeight: 20, maxWeight: 50 }).steps.map((step) => step.weight)).toEqual([20, 40, 50, 100])
})

const hook = (more: object) => ({ name: "smoke", type: "during", url: "https://hooks.example.com/a", ...more })

test("gates are auto, manual or a URL, alone or with what belongs to it", () => {
  const url = "https://hooks.example.com/gate"
  const { gates, hooks } = specOf({
    gates: { start: url, promote: { url, secretRef: { name: "keys" }, timeout: "3s" } },
    hooks: [hook({ secretRef: { name: "keys", key: "smoke" }, metadata: { suite: "short" } })],
  })
  expect(gates).toEqual({
    start: { url, timeoutMs: 10_000, metadata: {} },
    promote: { url, timeoutMs: 3_000, metadata: {}, secretRef: { name: "keys", key: "key" } },
  })
  expect(hooks).toMatchObject([{ name: "smoke", timeoutMs: 10_000, secretRef: { key: "smoke" } }])
})

test("a URL with a password is not shown when it is refused", () => {
  for (const spec of [{ gates: { start: "https://u:hush@a" } }, { hooks: [hook({ url: "https://u:hush@a" })] }])
    expect(JSON.stringify(parseCanarySpec("podinfo", { ...sides, ...spec }))).not.toContain("hush")
})

test.each([
  [{ steps: [30, 10] }, "weights have to rise"],
  [{ steps: [0] }, "spec.steps.0"],
  [{ steps: [10], stepWeight: 5 }, "either steps or stepWeight"],
  [{ analysis: { interval: "soon" } }, "“soon” is no duration"],
  [{ analysis: { metrics: [{ name: "happiness", min: 1 }] } }, "not built in"],
  [{ analysis: { metrics: [{ name: "success-rate" }] } }, "states no limit"],
  [{ analysis: { metrics: [{ name: "latency-p99", max: "fast" }] } }, "neither a number nor"],
  [{ hooks: [{}] }, "spec.hooks.0.name"],
  [{ hooks: [hook({ url: "hooks.example.com" })] }, "spec.hooks.0.url: is no URL"],
  [{ hooks: [hook({ url: "ftp://hooks.example.com" })] }, "neither an https:// nor an http:// URL"],
  [{ hooks: [hook({ url: "https://u:p@hooks.example.com" })] }, "holds a user or password"],
  [{ hooks: [hook({ timeout: "5m" })] }, "spec.hooks.0.timeout: is longer than 60s"],
  [{ hooks: [hook({}), hook({})] }, "names smoke twice"],
  [{ hooks: [hook({ type: "sometimes" })] }, "spec.hooks.0.type"],
  [{ gates: { start: "maybe" } }, "spec.gates.start: is neither auto nor manual, and is no URL"],
  [{ gates: { promote: { url: "https://a", colour: "red" } } }, "spec.gates.promote"],
  [{ stable: { deployment: "a" } }, "spec.stable.subset"],
  [{ surprise: 1 }, "surprise"],
])("%j is refused with field and reason", (spec, why) => {
  const result = parseCanarySpec("podinfo", { ...sides, ...spec })
  expect(result.ok ? "" : result.reason).toContain(why)
})

test("one error among 50 does not break 99 %, 30 % of errors do", () => {
  const metric = metricOf({ name: "success-rate", min: 99 })
  expect(judgeMetric(metric, "q", { kind: "ratio", errors: 1, total: 50 })).toMatchObject({
    value: 98,
    verdict: "good",
  })
  expect(judgeMetric(metric, "q", { kind: "ratio", errors: 15, total: 50 })).toMatchObject({
    value: 70,
    verdict: "bad",
  })
  expect(judgeMetric(metric, "q", { kind: "ratio", errors: 50, total: 5000 })).toMatchObject({ verdict: "good" })
  expect(judgeMetric(metric, "q", { kind: "ratio", errors: 0, total: 0 }).verdict).toBe("no-data")
})

test("the bounds hold the ratio, and close in with more samples", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (a, total) => {
      const part = Math.min(a, total)
      const few = ratioBounds(part, total)
      const many = ratioBounds(part * 100, total * 100)
      if (few === undefined || many === undefined) throw new Error("samples but no bounds")
      expect(few.low).toBeLessThanOrEqual(part / total + 1e-9)
      expect(few.high).toBeGreaterThanOrEqual(part / total - 1e-9)
      expect(many.high - many.low).toBeLessThan(few.high - few.low)
    }),
  )
})

const buckets: Bucket[] = [
  { upTo: 100, count: 90 },
  { upTo: 500, count: 98 },
  { upTo: 1000, count: 100 },
  { upTo: Number.POSITIVE_INFINITY, count: 100 },
]

test("quantiles and counts come from the same interpolation", () => {
  expect(quantile(buckets, 0.5)).toBeCloseTo((100 * 50) / 90)
  expect(quantile(buckets, 0.99)).toBe(750)
  expect(countAbove(buckets, 500)).toBe(2)
  expect(countAbove(buckets, 300)).toBe(6)
  expect(countAbove(buckets, 5000)).toBe(0)
  expect(quantile([], 0.9)).toBeUndefined()
})

test("a latency limit is broken when more requests are above it than chance explains", () => {
  const metric = metricOf({ name: "latency-p99", max: "500ms" })
  const slow = (count: number) => [
    { upTo: 500, count: 50 - count },
    { upTo: 1000, count: 50 },
    { upTo: Number.POSITIVE_INFINITY, count: 50 },
  ]
  expect(judgeMetric(metric, "q", { kind: "latency", canary: slow(1) }).verdict).toBe("good")
  expect(judgeMetric(metric, "q", { kind: "latency", canary: slow(5) })).toMatchObject({
    verdict: "bad",
    limit: "≤ 500 ms",
  })
  expect(judgeMetric(metric, "q", { kind: "latency", canary: [] }).verdict).toBe("no-data")
})

test("a comparison with the stable side counts only while that side has traffic", () => {
  const metric = metricOf({ name: "latency-p50", compare: { to: "stable", maxRatio: 1.5 } })
  const fast = [
    { upTo: 10, count: 100 },
    { upTo: 100, count: 100 },
  ]
  const slow = [
    { upTo: 10, count: 0 },
    { upTo: 100, count: 100 },
  ]
  expect(judgeMetric(metric, "q", { kind: "latency", canary: slow, stable: fast }).verdict).toBe("bad")
  expect(judgeMetric(metric, "q", { kind: "latency", canary: fast, stable: fast }).verdict).toBe("good")
  expect(judgeMetric(metric, "q", { kind: "latency", canary: slow, stable: [] }).verdict).toBe("good")
})

test("a query's value is compared as it is", () => {
  const metric = metricOf({ name: "queue", query: "max(q)", max: 1 })
  expect(judgeMetric(metric, "q", { kind: "value", value: 2 })).toMatchObject({ verdict: "bad", limit: "≤ 1" })
  expect(judgeMetric(metric, "q", { kind: "value" }).verdict).toBe("no-data")
  expect(judgeMetric(metric, "q", { kind: "value", value: Number.NaN }).verdict).toBe("no-data")
})

const analysis = analysisOf({ interval: "5s", warmup: "3s", lag: "1s", passes: 2, failures: 2 })
const window = { index: 1, from: 3000, to: 8000 }

test("a check without enough requests says nothing and shows how many there were", () => {
  const bad = judgeMetric(metricOf({ name: "success-rate", min: 99 }), "q", { kind: "ratio", errors: 5, total: 5 })
  const check = judgeWindow(analysis, window, 5, [bad])
  expect(check.verdict).toBe("no-data")
  expect(describeBreach(analysis, check)).toBe("no data (5 requests, 20 needed)")
  expect(describeBreach(analysis, judgeWindow(analysis, window, 20, [bad]))).toBe("success-rate 0 % (limit ≥ 99 %)")
})

test("windows begin after the warm-up, follow one another, and are due once their data is complete", () => {
  expect(dueWindows(analysis, 0, 8999)).toEqual([])
  expect(dueWindows(analysis, 0, 9000)).toEqual([window])
  expect(nextDue(analysis, 0, 0)).toBe(9000)
  expect(nextDue(analysis, 0, 9000)).toBe(14_000)
  const many = dueWindows(analysis, 0, 3_600_000)
  expect(many).toHaveLength(12)
  expect(many.every((one, at) => at === 0 || one.from === many[at - 1]?.to)).toBe(true)
  expect(isDisturbed(window, [new Date(8000).toISOString()])).toBe(true)
  expect(isDisturbed(window, [new Date(8001).toISOString()])).toBe(false)
})

const checks = (...verdicts: Check["verdict"][]): Check[] =>
  verdicts.map((verdict, index) => ({ index, from: 0, to: 0, requests: 9, verdict, metrics: [] }))

test.each([
  [["good"], "open"],
  [["good", "good"], "pass"],
  [["good", "bad", "good"], "pass"],
  [["good", "good", "bad"], "open"],
  [["bad", "good", "bad"], "breach"],
  [["good", "good", "no-data"], "open"],
  [["bad", "good", "good", "good", "good"], "pass"],
  [["bad", "excluded", "bad"], "breach"],
  [["excluded", "excluded"], "open"],
  [[], "open"],
] as const)("%j: %s", (verdicts, outcome) => {
  expect(tally(analysis, checks(...verdicts)).outcome).toBe(outcome)
})
