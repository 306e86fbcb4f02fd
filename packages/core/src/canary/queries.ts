import { promDuration } from "./duration.ts"
import type { Analysis, Metric } from "./spec.ts"

/** Names that a query is about. */
export interface Target {
  readonly namespace: string
  /** Deployment, subset and Kubernetes service host (`podinfo`) of one side. */
  readonly deployment: string
  readonly subset: string
  readonly host: string
}

type Source = Analysis["source"]

/** Selectors of a side's requests, the failed among them, and its latency buckets (with their unit in ms). */
interface Series {
  readonly requests: string
  readonly errors: string
  readonly buckets: string
  readonly bucketUnitMs: number
}

const escapeLabel = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
const escapeRegexp = (value: string): string => escapeLabel(value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))

function seriesOf(source: Source, target: Target): Series {
  switch (source) {
    case "istio": {
      // The caller's side reports: it also sees requests to pods that are dead or refuse to answer.
      const side = `reporter="source",destination_workload="${escapeLabel(target.deployment)}",destination_workload_namespace="${escapeLabel(target.namespace)}"`
      return {
        requests: `istio_requests_total{${side}}`,
        // 0: no answer came at all; DC: the caller hung up, which is not the version's fault.
        errors: `istio_requests_total{${side},response_code=~"5..|0",response_flags!="DC"}`,
        buckets: `istio_request_duration_milliseconds_bucket{${side}}`,
        bucketUnitMs: 1,
      }
    }
    case "envoy": {
      const host = target.host.includes(".") ? target.host : `${target.host}.${target.namespace}.svc.cluster.local`
      // Labels as Istio's bootstrap of Envoy makes them. What the proxy answers itself for a version that does not answer
      // (no connection, a reset, too late) is a 5xx there, too.
      const cluster = `cluster_name=~"outbound\\\\|[0-9]+\\\\|${escapeRegexp(target.subset)}\\\\|${escapeRegexp(host)}"`
      return {
        requests: `envoy_cluster_upstream_rq{${cluster},response_code_class!=""}`,
        errors: `envoy_cluster_upstream_rq{${cluster},response_code_class="5xx"}`,
        buckets: `envoy_cluster_upstream_rq_time_bucket{${cluster}}`,
        bucketUnitMs: 1,
      }
    }
    case "app": {
      const pods = `namespace="${escapeLabel(target.namespace)}",pod=~"${escapeRegexp(target.deployment)}-[a-z0-9]+-[a-z0-9]+"`
      return {
        requests: `http_requests_total{${pods}}`,
        errors: `http_requests_total{${pods},status=~"5.."}`,
        buckets: `http_request_duration_seconds_bucket{${pods}}`,
        bucketUnitMs: 1000,
      }
    }
  }
}

const sum = (selector: string, ms: number): string => `sum(increase(${selector}[${promDuration(ms)}]))`

/** How many requests a side got in the `ms` before the moment of evaluation. */
export function requestsQuery(source: Source, target: Target, ms: number): string {
  return sum(seriesOf(source, target).requests, ms)
}

/** Requests that failed, of `requestsQuery`. */
export function errorsQuery(source: Source, target: Target, ms: number): string {
  return sum(seriesOf(source, target).errors, ms)
}

export interface BucketsQuery {
  readonly query: string
  /** Milliseconds in one unit of `le`. */
  readonly unitMs: number
}

/** Latency histogram, one cumulative count per `le`. */
export function bucketsQuery(source: Source, target: Target, ms: number): BucketsQuery {
  const { buckets, bucketUnitMs } = seriesOf(source, target)
  return { query: `sum by (le) (increase(${buckets}[${promDuration(ms)}]))`, unitMs: bucketUnitMs }
}

/** A metric's own query with its placeholders filled in. */
export function customQuery(query: string, stable: Target, canary: Target, ms: number): string {
  const values: Readonly<Record<string, string>> = {
    canary: canary.deployment,
    stable: stable.deployment,
    namespace: canary.namespace,
    interval: promDuration(ms),
  }
  return query.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole)
}

/** The expression that shows a metric's value, for people who want to see it for themselves. */
export function shownQuery(analysis: Analysis, metric: Metric, stable: Target, canary: Target): string {
  const { source, intervalMs } = analysis
  const requests = requestsQuery(source, canary, intervalMs)
  const errors = errorsQuery(source, canary, intervalMs)
  switch (metric.measure.kind) {
    case "success-rate":
      return `100 - 100 * (${errors} or vector(0)) / ${requests}`
    case "error-rate":
      return `100 * (${errors} or vector(0)) / ${requests}`
    case "latency":
      return `histogram_quantile(${metric.measure.quantile}, ${bucketsQuery(source, canary, intervalMs).query})`
    case "query":
      return customQuery(metric.measure.query, stable, canary, intervalMs)
  }
}
