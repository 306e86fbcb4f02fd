import { describeDuration } from "./duration.ts"
import type { Analysis, Metric } from "./spec.ts"
import { countAbove, quantile, ratioBounds, type Bucket } from "./statistics.ts"
import { showsShift, type Shift, type Split } from "./split.ts"
import type { Window } from "./windows.ts"

/** What Prometheus answered for one metric over one interval. Absent values mean that there was no data. */
export type Measured =
  | { readonly kind: "ratio"; readonly errors: number; readonly total: number }
  | { readonly kind: "latency"; readonly canary: readonly Bucket[]; readonly stable?: readonly Bucket[] }
  | { readonly kind: "value"; readonly value?: number }

export interface MetricVerdict {
  readonly name: string
  readonly query: string
  /** In the metric's unit: percent, milliseconds, or whatever the query gives. */
  readonly value?: number
  /** As people read it: `≥ 99 %`. */
  readonly limit: string
  readonly verdict: "good" | "bad" | "no-data"
  /** Of a hook, which has no value: what it answered. */
  readonly why?: string
}

export interface Check {
  readonly index: number
  readonly from: number
  readonly to: number
  /** Requests that the canary got in the interval. */
  readonly requests: number
  /** `not-shown`: nothing bad, but proxies did not send the share that the weight says. */
  readonly verdict: "good" | "bad" | "no-data" | "not-shown" | "excluded"
  /** What proxies did in the interval; absent where the source of metrics is none of theirs. */
  readonly split?: Split
  readonly metrics: readonly MetricVerdict[]
}

const number = (value: number): string => String(Number(value.toFixed(2)))

function unitOf(metric: Metric): (value: number) => string {
  if (metric.measure.kind === "latency") return describeDuration
  return metric.measure.kind === "query" ? number : (value) => `${number(value)} %`
}

export function describeLimit(metric: Metric): string {
  const unit = unitOf(metric)
  return [
    metric.min === undefined ? [] : [`≥ ${unit(metric.min)}`],
    metric.max === undefined ? [] : [`≤ ${unit(metric.max)}`],
    metric.maxRatioToStable === undefined ? [] : [`≤ ${number(metric.maxRatioToStable)} × stable`],
  ]
    .flat()
    .join(" and ")
}

/**
 * One metric against its limits. Ratios and latencies are counts of requests, so a limit is broken only when the one-sided
 * 95 % bound is beyond it: one error among 50 does not break `min: 99`.
 */
export function judgeMetric(metric: Metric, query: string, measured: Measured): MetricVerdict {
  const base = { name: metric.name, query, limit: describeLimit(metric) }
  if (measured.kind === "value") {
    const { value } = measured
    if (value === undefined || Number.isNaN(value)) return { ...base, verdict: "no-data" }
    const bad = value < (metric.min ?? Number.NEGATIVE_INFINITY) || value > (metric.max ?? Number.POSITIVE_INFINITY)
    return { ...base, value, verdict: bad ? "bad" : "good" }
  }
  return { ...base, ...(measured.kind === "ratio" ? judgeRatio(metric, measured) : judgeLatency(metric, measured)) }
}

type Judged = Pick<MetricVerdict, "value" | "verdict">

function judgeRatio(metric: Metric, { errors, total }: Measured & { kind: "ratio" }): Judged {
  const part = metric.measure.kind === "success-rate" ? total - errors : errors
  const bounds = ratioBounds(part, total)
  if (bounds === undefined) return { verdict: "no-data" }
  const tooLow = metric.min !== undefined && 100 * bounds.high < metric.min
  const tooHigh = metric.max !== undefined && 100 * bounds.low > metric.max
  return { value: (100 * part) / total, verdict: tooLow || tooHigh ? "bad" : "good" }
}

function judgeLatency(metric: Metric, { canary, stable }: Measured & { kind: "latency" }): Judged {
  if (metric.measure.kind !== "latency") return { verdict: "no-data" }
  const q = metric.measure.quantile
  const value = quantile(canary, q)
  if (value === undefined) return { verdict: "no-data" }
  const reference = metric.maxRatioToStable === undefined ? undefined : quantile(stable ?? [], q)
  const compared = reference === undefined ? undefined : reference * (metric.maxRatioToStable ?? 1)
  // Without traffic on the stable side, as at 100 %, there is nothing to compare with.
  const limits = [metric.max, compared].filter((one) => one !== undefined)
  const slow = limits.some((limit) => exceeds(canary, q, limit))
  return { value, verdict: slow || (metric.min !== undefined && value < metric.min) ? "bad" : "good" }
}

/** Whether more than `1 - q` of the requests are above the limit, beyond what chance explains. */
function exceeds(buckets: readonly Bucket[], q: number, limit: number): boolean {
  const total = Math.max(0, ...buckets.map((bucket) => bucket.count))
  const bounds = ratioBounds(countAbove(buckets, limit), total)
  return bounds !== undefined && bounds.low > 1 - q
}

/** How proxies split the requests of an interval, and the weight that they should follow. */
export interface Followed {
  readonly split: Split
  readonly shift: Shift
}

/**
 * The whole check: bad if one metric is; without enough requests it says nothing, and shows how many there were. Where proxies
 * do not show the weight, the version has not been tried at it: neither good nor lacking data by any fault of its own.
 */
export function judgeWindow(
  analysis: Analysis,
  window: Window,
  requests: number,
  metrics: readonly MetricVerdict[],
  followed?: Followed,
): Check {
  const verdict = (): Check["verdict"] => {
    const enough = requests >= analysis.minimumSamples
    if (enough && metrics.some((metric) => metric.verdict === "bad")) return "bad"
    if (followed && showsShift(followed.split, followed.shift, analysis.minimumSamples) === false) return "not-shown"
    return !enough || metrics.some((metric) => metric.verdict === "no-data") ? "no-data" : "good"
  }
  return { ...window, requests, verdict: verdict(), ...(followed && { split: followed.split }), metrics }
}

/** `success-rate 70.1 % (limit ≥ 99 %)`, for every broken limit of a check. */
export function describeBreach(analysis: Analysis, check: Check): string {
  const silent = check.metrics.find(({ why, verdict }) => why !== undefined && verdict === "no-data")
  if (check.verdict === "no-data" && silent !== undefined && check.requests >= analysis.minimumSamples)
    return `no data (${silent.name}: ${silent.why ?? ""})`
  if (check.verdict === "no-data")
    return `no data (${number(check.requests)} requests, ${analysis.minimumSamples} needed)`
  return check.metrics
    .filter((metric) => metric.verdict === "bad")
    .map((metric) => {
      if (metric.why !== undefined) return `${metric.name}: ${metric.why}`
      const spec = analysis.metrics.find((one) => one.name === metric.name)
      const value = metric.value === undefined || spec === undefined ? "" : ` ${unitOf(spec)(metric.value)}`
      return `${metric.name}${value} (limit ${metric.limit})`
    })
    .join(", ")
}
