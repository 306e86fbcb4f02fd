/** Which proxies' own counters a world has, and how they name what the story looks at. */
export interface Telemetry {
  /** `spec.analysis.source` of the Canary. */
  readonly source: "istio" | "envoy"
  /** Selector of the requests for podinfo, to one side or both, from the load test or from everywhere. */
  requests(selection: { readonly side?: "ga" | "canary"; readonly fromLoadTest?: boolean }): string
  /** Selector of the latency histogram of one side, in milliseconds. */
  buckets(side: "ga" | "canary"): string
}

/** Istio's own metrics, as its proxies report them. */
export const istioTelemetry: Telemetry = {
  source: "istio",
  requests: ({ side, fromLoadTest }) => `istio_requests_total{${istioLabels(side, fromLoadTest)}}`,
  buckets: (side) => `istio_request_duration_milliseconds_bucket{${istioLabels(side)}}`,
}

/** Envoy's statistics of each subset's cluster, under the labels of Istio's bootstrap, for proxies without Istio's filters. */
export const envoyTelemetry: Telemetry = {
  source: "envoy",
  requests: ({ side, fromLoadTest }) =>
    `envoy_cluster_upstream_rq{response_code_class!="",${envoyLabels(side, fromLoadTest)}}`,
  buckets: (side) => `envoy_cluster_upstream_rq_time_bucket{${envoyLabels(side)}}`,
}

function istioLabels(side?: string, fromLoadTest = false): string {
  return [
    'reporter="source"',
    'destination_service_name="podinfo"',
    ...(side === undefined ? [] : [`destination_workload="podinfo-${side}"`]),
    ...(fromLoadTest ? ['source_workload="loadtest"'] : []),
  ].join(",")
}

function envoyLabels(side = "ga|canary", fromLoadTest = false): string {
  return [
    `cluster_name=~"outbound\\\\|9898\\\\|(${side})\\\\|podinfo\\\\.test\\\\.svc\\\\.cluster\\\\.local"`,
    ...(fromLoadTest ? ['pod="loadtest"'] : []),
  ].join(",")
}
