import { z } from "zod"
import { duration, parseDuration } from "./duration.ts"
import { gate, hooks, type Gate, type Hook } from "./hooks/spec.ts"

const k8sName = z.string().min(1)
const side = z.strictObject({
  deployment: k8sName,
  /** Subset of the DestinationRule that selects this side's pods. */
  subset: k8sName,
  /** Which container carries the version; the first one unless said. */
  container: k8sName.optional(),
})

const percent = z.int().min(0).max(100)
const step = z.union([
  percent.min(1).transform((weight) => ({ weight, pause: false, minMs: 0 })),
  z
    .strictObject({ weight: percent.min(1), pause: z.boolean().default(false), for: duration.optional() })
    .transform((one) => ({ weight: one.weight, pause: one.pause, minMs: one.for ?? 0 })),
])

const limit = z.union([z.number(), z.string()])
const metric = z.strictObject({
  name: z.string().min(1),
  /** PromQL that gives one number; `{{canary}}`, `{{stable}}`, `{{namespace}}`, `{{interval}}` are filled in. */
  query: z.string().min(1).optional(),
  min: limit.optional(),
  max: limit.optional(),
  compare: z.strictObject({ to: z.literal("stable"), maxRatio: z.number().positive() }).optional(),
})

const analysis = z.strictObject({
  interval: duration.default(30_000),
  warmup: duration.optional(),
  passes: z.int().min(1).default(4),
  failures: z.int().min(1).default(3),
  minimumSamples: z.int().min(0).default(20),
  noData: z.enum(["hold", "fail"]).default("hold"),
  source: z.enum(["istio", "envoy", "app"]).default("istio"),
  lag: duration.optional(),
  drain: duration.optional(),
  split: z.enum(["await", "ignore"]).default("await"),
  metrics: z
    .array(metric)
    .min(1)
    .default([{ name: "success-rate", min: 99 }]),
})

const canarySpec = z.strictObject({
  stable: side,
  canary: side,
  virtualService: z
    .union([k8sName.transform((name) => ({ name })), z.strictObject({ name: k8sName, route: k8sName.optional() })])
    .optional(),
  steps: z.array(step).min(1).optional(),
  stepWeight: percent.min(1).optional(),
  maxWeight: percent.min(1).optional(),
  analysis: analysis.prefault({}),
  gates: z
    .strictObject({
      start: gate.prefault("auto"),
      promote: gate.prefault("auto"),
    })
    .prefault({}),
  hooks: hooks.default([]),
  promotion: z.strictObject({ scaleDownCanary: z.boolean().default(true) }).prefault({}),
  onNewImage: z.enum(["wait", "restart"]).default("wait"),
})

export interface Step {
  readonly weight: number
  /** Waits for a person once the weight is there. */
  readonly pause: boolean
  /** Shortest stay, in ms. */
  readonly minMs: number
}

export interface Side {
  readonly deployment: string
  readonly subset: string
  readonly container?: string | undefined
}

export type MetricKind =
  | { readonly kind: "success-rate" | "error-rate" }
  | { readonly kind: "latency"; readonly quantile: number }
  | { readonly kind: "query"; readonly query: string }

/** One metric with its limits, in the metric's unit: percent for rates, milliseconds for latencies. */
export interface Metric {
  readonly name: string
  readonly measure: MetricKind
  readonly min?: number
  readonly max?: number
  /** Limit as a multiple of what the stable side shows in the same time. */
  readonly maxRatioToStable?: number
}

export interface Analysis {
  readonly intervalMs: number
  readonly warmupMs: number
  readonly passes: number
  readonly failures: number
  readonly minimumSamples: number
  readonly noData: "hold" | "fail"
  readonly source: "istio" | "envoy" | "app"
  /** How long after its end an interval's data is complete: at least one scrape. */
  readonly lagMs: number
  /** How long a side must be without requests before its pods may change. */
  readonly drainMs: number
  /** Whether checks count only once the proxies' telemetry shows the weight. */
  readonly split: "await" | "ignore"
  readonly metrics: readonly Metric[]
}

/** A Canary's spec with every default filled in. */
export interface CanarySpec {
  readonly stable: Side
  readonly canary: Side
  readonly virtualService: { readonly name: string; readonly route?: string | undefined }
  /** Rising weights; the last is always 100, so that the stable side is empty when its pods change. */
  readonly steps: readonly Step[]
  readonly analysis: Analysis
  readonly gates: { readonly start: Gate; readonly promote: Gate }
  readonly hooks: readonly Hook[]
  readonly scaleDownCanary: boolean
  readonly onNewImage: "wait" | "restart"
}

export type SpecResult =
  | { readonly ok: true; readonly spec: CanarySpec }
  /** A clause: which field, and what to write. */
  | { readonly ok: false; readonly reason: string }

const MAX_LAG_MS = 15_000

/** Reads `spec` of the Canary called `name`. */
export function parseCanarySpec(name: string, value: unknown): SpecResult {
  const parsed = canarySpec.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { ok: false, reason: `spec.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not read"}` }
  }
  const { data } = parsed
  const steps = stepsOf(data)
  if (typeof steps === "string") return { ok: false, reason: steps }
  const metrics: Metric[] = []
  for (const [index, one] of data.analysis.metrics.entries()) {
    const read = metricOf(one)
    if (typeof read === "string") return { ok: false, reason: `spec.analysis.metrics.${index}: ${read}` }
    metrics.push(read)
  }
  const { interval, warmup, lag, drain, ...rest } = data.analysis
  return {
    ok: true,
    spec: {
      stable: data.stable,
      canary: data.canary,
      virtualService: data.virtualService ?? { name },
      steps,
      analysis: {
        ...rest,
        intervalMs: interval,
        warmupMs: warmup ?? interval,
        lagMs: lag ?? Math.min(interval / 2, MAX_LAG_MS),
        drainMs: drain ?? interval,
        metrics,
      },
      gates: data.gates,
      hooks: data.hooks,
      scaleDownCanary: data.promotion.scaleDownCanary,
      onNewImage: data.onNewImage,
    },
  }
}

function stepsOf(data: z.infer<typeof canarySpec>): Step[] | string {
  if (data.steps !== undefined && (data.stepWeight ?? data.maxWeight) !== undefined)
    return "spec.steps: state either steps or stepWeight and maxWeight"
  const steps = data.steps ?? evenSteps(data.stepWeight ?? 10, data.maxWeight ?? 100)
  const sinking = steps.find((one, index) => index > 0 && one.weight <= (steps[index - 1]?.weight ?? 0))
  if (sinking !== undefined) return `spec.steps: weights have to rise, but ${sinking.weight} does not`
  return steps.at(-1)?.weight === 100 ? steps : [...steps, { weight: 100, pause: false, minMs: 0 }]
}

function evenSteps(by: number, max: number): Step[] {
  const steps: Step[] = []
  for (let weight = by; weight < max; weight += by) steps.push({ weight, pause: false, minMs: 0 })
  return [...steps, { weight: max, pause: false, minMs: 0 }]
}

function measureOf(name: string, query: string | undefined): MetricKind | string {
  if (query !== undefined) return { kind: "query", query }
  if (name === "success-rate" || name === "error-rate") return { kind: name }
  const quantile = /^latency-p(\d{1,2}(?:\.\d+)?)$/.exec(name)?.[1]
  if (quantile !== undefined && Number(quantile) > 0) return { kind: "latency", quantile: Number(quantile) / 100 }
  return `“${name}” is not built in (success-rate, error-rate, latency-p50 … latency-p99); give it a query`
}

function limitOf(value: string | number | undefined, measure: MetricKind): number | string | undefined {
  if (value === undefined) return undefined
  if (typeof value === "number") return value
  const ms = measure.kind === "latency" ? parseDuration(value) : undefined
  return ms ?? `the limit “${value}” is neither a number nor, for a latency, a duration like 500ms`
}

function metricOf(one: z.infer<typeof metric>): Metric | string {
  const measure = measureOf(one.name, one.query)
  if (typeof measure === "string") return measure
  const min = limitOf(one.min, measure)
  const max = limitOf(one.max, measure)
  if (typeof min === "string") return min
  if (typeof max === "string") return max
  if (min === undefined && max === undefined && one.compare === undefined) return "states no limit: min, max or compare"
  if (one.compare !== undefined && measure.kind === "query")
    return "compare is for built-in metrics; a query can do the comparison itself"
  return {
    name: one.name,
    measure,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(one.compare !== undefined && { maxRatioToStable: one.compare.maxRatio }),
  }
}
