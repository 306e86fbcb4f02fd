import {
  bucketsQuery,
  canonicalJson,
  customQuery,
  dueWindows,
  errorsQuery,
  isDisturbed,
  judgeMetric,
  judgeWindow,
  otherWeights,
  requestsQuery,
  shownQuery,
  weightBefore,
  type Bucket,
  type Check,
  type DeliveryStatus,
  type Followed,
  type Measured,
  type Metric,
  type Rollout,
  type Shift,
  type Situation,
  type Split,
  type Target,
  type Window,
} from "@serin/core"
import { ok, unwrap, type Result, SerinError } from "../errors.ts"
import type { PrometheusClient } from "../prometheus/index.ts"

interface Kept {
  /** Of everything that a verdict depends on besides the window. */
  readonly of: string
  readonly checks: Map<number, Check>
  /** What the proxies' split is compared with; undefined until the first check asks for it. */
  shift?: Shift
}

/** The two sides of a canary as its metrics name them. */
export interface Targets {
  readonly stable: Target
  readonly canary: Target
}

export function targetsOf({ ref, spec, route }: Rollout): Targets {
  const side = ({ deployment, subset }: { readonly deployment: string; readonly subset: string }): Target => ({
    namespace: ref.namespace,
    deployment,
    subset,
    host: route.host,
  })
  return { stable: side(spec.stable), canary: side(spec.canary) }
}

/**
 * Measures canaries by Prometheus. Verdicts of past intervals do not change, so each is asked for once; forgetting them,
 * as a restart does, only costs the queries again.
 */
export class Measurement {
  readonly #prometheus: PrometheusClient
  readonly #kept = new Map<string, Kept>()

  constructor(prometheus: PrometheusClient) {
    this.#prometheus = prometheus
  }

  /** Verdicts of the checks that are due, oldest first. */
  async checks(
    key: string,
    rollout: Rollout,
    status: DeliveryStatus,
    now: number,
    signal: AbortSignal,
  ): Promise<Situation["checks"]> {
    const { spec, delivery } = rollout
    if (delivery === undefined || status.live?.seq !== delivery.seq) return { ok: true, list: [] }
    const kept = this.#keptFor(key, rollout, status.live.at)
    const { checks: known } = kept
    const windows = dueWindows(spec.analysis, Date.parse(status.live.at), now)
    const list: Check[] = []
    for (const window of windows) {
      const before = known.get(window.index)
      const excluded = isDisturbed(window, status.disturbed ?? [])
      if (excluded) list.push({ ...window, requests: 0, verdict: "excluded", metrics: [] })
      else if (before !== undefined) list.push(before)
      else {
        const measured = await this.#check(rollout, window, kept, Date.parse(status.live.at), signal)
        if (!measured.ok) return { ok: false, reason: measured.error.message }
        known.set(window.index, measured.value)
        list.push(measured.value)
      }
    }
    for (const index of known.keys()) if (index < (windows[0]?.index ?? 0)) known.delete(index)
    return { ok: true, list }
  }

  forget(key: string): void {
    this.#kept.delete(key)
  }

  /** Requests to each side in the `ms` before `at`; undefined when Prometheus does not answer or cannot know. */
  async traffic(rollout: Rollout, ms: number, at: number, signal: AbortSignal): Promise<Split | undefined> {
    const split = await this.#split(rollout, ms, at, signal)
    return split.ok ? split.value : undefined
  }

  /** The same; a Prometheus that does not answer is a failure, and undefined that it cannot know. */
  async #split(rollout: Rollout, ms: number, at: number, signal: AbortSignal): Promise<Result<Split | undefined>> {
    const { source } = rollout.spec.analysis
    const sides = targetsOf(rollout)
    const [stable, canary] = await Promise.all([
      this.#requests(requestsQuery(source, sides.stable, ms), at, signal),
      this.#requests(requestsQuery(source, sides.canary, ms), at, signal),
    ])
    if (!stable.ok) return stable
    if (!canary.ok) return canary
    if (stable.value === undefined || canary.value === undefined) return ok(undefined)
    return ok({ stable: stable.value, canary: canary.value })
  }

  #keptFor(key: string, rollout: Rollout, liveAt: string): Kept {
    const of = canonicalJson([rollout.delivery?.seq, liveAt, rollout.spec.analysis, targetsOf(rollout)])
    const known = this.#kept.get(key)
    if (known?.of === of) return known
    const kept: Kept = { of, checks: new Map() }
    this.#kept.set(key, kept)
    return kept
  }

  /**
   * An increase over an interval; none at all means no requests only where there is no counter either. Undefined: there are
   * fewer than two samples in the interval.
   */
  async #requests(query: string, at: number, signal: AbortSignal): Promise<Result<number | undefined>> {
    const found = await this.#prometheus.instant(query, at, signal)
    if (!found.ok) return found
    const [sample] = found.value
    if (sample !== undefined) return ok(sample.value)
    const counters = await this.#prometheus.instant(`count(${selectorOf(query)})`, at, signal)
    if (!counters.ok) return counters
    return ok(counters.value.length === 0 ? 0 : undefined)
  }

  async #check(
    rollout: Rollout,
    window: Window,
    kept: Kept,
    liveAt: number,
    signal: AbortSignal,
  ): Promise<Result<Check>> {
    const { analysis } = rollout.spec
    const targets = targetsOf(rollout)
    const query = requestsQuery(analysis.source, targets.canary, analysis.intervalMs)
    try {
      const requests = (await this.#first(query, window.to, signal)) ?? 0
      const metrics = []
      for (const metric of analysis.metrics) {
        const measured = await this.#measure(rollout, metric, targets, requests, window, signal)
        metrics.push(judgeMetric(metric, shownQuery(analysis, metric, targets.stable, targets.canary), measured))
      }
      const followed = await this.#followed(rollout, window, requests, kept, liveAt, signal)
      return ok(judgeWindow(analysis, window, requests, metrics, followed))
    } catch (error) {
      if (error instanceof SerinError) return { ok: false, error }
      throw error
    }
  }

  /** What proxies did in the interval, and what they should do; undefined where that is not to be waited for. */
  async #followed(
    rollout: Rollout,
    window: Window,
    canary: number,
    kept: Kept,
    liveAt: number,
    signal: AbortSignal,
  ): Promise<Followed | undefined> {
    const { percent, spec } = rollout
    const { source, split, intervalMs, passes } = spec.analysis
    // An application's own count knows nothing of proxies: probes and callers outside of the mesh are in it.
    if (split === "ignore" || source === "app" || percent === 0) return undefined
    const query = requestsQuery(source, targetsOf(rollout).stable, intervalMs)
    const stable = await this.#first(query, window.to, signal)
    // Nobody counts what the other side gets: then no share is known, and none can be waited for.
    if (stable === undefined) return undefined
    // For so long at least the weight before was there. Not kept where Prometheus failed: each look has to see the same.
    kept.shift ??= {
      percent,
      from: weightBefore(spec, percent),
      others: otherWeights(spec, percent),
      before: unwrap(await this.#split(rollout, intervalMs * passes, liveAt, signal)),
    }
    return { split: { stable, canary }, shift: kept.shift }
  }

  async #measure(
    rollout: Rollout,
    { measure, maxRatioToStable }: Metric,
    { stable, canary }: Targets,
    total: number,
    window: Window,
    signal: AbortSignal,
  ): Promise<Measured> {
    const { source, intervalMs } = rollout.spec.analysis
    switch (measure.kind) {
      case "success-rate":
      case "error-rate": {
        const errors = (await this.#first(errorsQuery(source, canary, intervalMs), window.to, signal)) ?? 0
        return { kind: "ratio", errors, total }
      }
      case "latency": {
        const own = await this.#buckets(bucketsQuery(source, canary, intervalMs), window, signal)
        if (maxRatioToStable === undefined) return { kind: "latency", canary: own }
        const reference = await this.#buckets(bucketsQuery(source, stable, intervalMs), window, signal)
        return { kind: "latency", canary: own, stable: reference }
      }
      case "query": {
        const value = await this.#first(customQuery(measure.query, stable, canary, intervalMs), window.to, signal)
        return { kind: "value", ...(value !== undefined && { value }) }
      }
    }
  }

  /** The one value of a query; rejects with the failure. */
  async #first(query: string, at: number, signal: AbortSignal): Promise<number | undefined> {
    return unwrap(await this.#prometheus.instant(query, at, signal))[0]?.value
  }

  async #buckets(
    { query, unitMs }: { readonly query: string; readonly unitMs: number },
    window: Window,
    signal: AbortSignal,
  ): Promise<Bucket[]> {
    const samples = unwrap(await this.#prometheus.instant(query, window.to, signal))
    return samples.flatMap(({ labels, value }) => {
      const le = labels["le"]
      if (le === undefined || Number.isNaN(value)) return []
      return [{ upTo: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le) * unitMs, count: value }]
    })
  }
}

/** The selector within `sum(increase(SELECTOR[5s]))`. */
function selectorOf(query: string): string {
  return query.slice("sum(increase(".length, query.lastIndexOf("["))
}
