import type { Graph } from "../api/types.ts"
import { unwrap } from "../errors.ts"
import type { PrometheusClient, Sample } from "../prometheus/index.ts"

/** Over how long rates are taken. */
const window = "1m"
const by =
  "source_workload, source_workload_namespace, destination_service_name, destination_service_namespace, destination_workload, destination_workload_namespace, destination_version"

/**
 * Who talks to whom now, from Istio's telemetry as the callers' proxies report it, which also sees requests to pods that are
 * gone. Edges go from workload to service and from service to workload; a share is of all that the service got.
 */
export async function trafficGraph(
  prometheus: PrometheusClient,
  namespace: string | undefined,
  now: number,
): Promise<Graph> {
  const filter = `reporter="source"${namespace === undefined ? "" : `,destination_service_namespace=${JSON.stringify(namespace)}`}`
  const [requests, errors, slowest] = await Promise.all([
    prometheus.instant(`sum(rate(istio_requests_total{${filter}}[${window}])) by (${by}) > 0`, now),
    prometheus.instant(`sum(rate(istio_requests_total{${filter},response_code=~"5.."}[${window}])) by (${by})`, now),
    prometheus.instant(
      `histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{${filter}}[${window}])) by (le, ${by}))`,
      now,
    ),
  ])
  return graphOf(unwrap(requests), unwrap(errors), unwrap(slowest), now)
}

/** Pure: the graph of these samples, all labelled alike. */
export function graphOf(
  requests: readonly Sample[],
  errors: readonly Sample[],
  slowest: readonly Sample[],
  now: number,
): Graph {
  const nodes = new Map<string, Graph["nodes"][number]>()
  const edges = new Map<string, Edge>()
  const errorRates = new Map(errors.map((sample) => [keyOf(sample), sample.value]))
  const p99s = new Map(
    slowest.filter(({ value }) => Number.isFinite(value)).map((sample) => [keyOf(sample), sample.value]),
  )
  for (const sample of requests) {
    const label = (name: string): string => sample.labels[name] ?? ""
    const source = label("source_workload")
    const gateway = source === "istio-ingressgateway"
    const from = node(nodes, gateway ? "gateway" : "workload", label("source_workload_namespace"), source)
    const service = node(nodes, "service", label("destination_service_namespace"), label("destination_service_name"))
    const to = node(
      nodes,
      "workload",
      label("destination_workload_namespace"),
      label("destination_workload"),
      label("destination_version"),
    )
    const rate = sample.value
    const failing = errorRates.get(keyOf(sample)) ?? 0
    const p99 = p99s.get(keyOf(sample))
    for (const edge of [edgeOf(edges, from, service), edgeOf(edges, service, to)]) {
      edge.rate += rate
      edge.failing += failing
      // Of several sources the slowest counts: quantiles cannot be added.
      if (p99 !== undefined) edge.p99 = Math.max(edge.p99 ?? 0, p99)
    }
  }
  const outgoing = new Map<string, number>()
  for (const edge of edges.values()) outgoing.set(edge.from, (outgoing.get(edge.from) ?? 0) + edge.rate)
  return {
    at: new Date(now).toISOString(),
    nodes: [...nodes.values()],
    edges: [...edges.values()].map(({ from, to, rate, failing, p99 }) => ({
      from,
      to,
      share: rate / (outgoing.get(from) ?? rate),
      requestsPerSecond: rate,
      errorRate: rate === 0 ? 0 : failing / rate,
      ...(p99 === undefined ? {} : { p99Ms: p99 }),
    })),
  }
}

interface Edge {
  readonly from: string
  readonly to: string
  rate: number
  failing: number
  p99: number | undefined
}

const labelNames = by.split(", ")
const keyOf = ({ labels }: Sample): string => labelNames.map((name) => labels[name] ?? "").join("\u0000")

function node(
  nodes: Map<string, Graph["nodes"][number]>,
  kind: "gateway" | "service" | "workload",
  namespace: string,
  name: string,
  version = "",
): string {
  const id = `${kind === "service" ? "service" : "workload"}/${namespace}/${name}`
  const known = nodes.get(id)
  if (known === undefined)
    nodes.set(id, { id, kind, namespace, name, ...(version === "" || version === "unknown" ? {} : { version }) })
  return id
}

function edgeOf(edges: Map<string, Edge>, from: string, to: string): Edge {
  const id = `${from}→${to}`
  const edge = edges.get(id) ?? { from, to, rate: 0, failing: 0, p99: undefined }
  edges.set(id, edge)
  return edge
}
