import { bucketBounds, type Histogram } from "./histogram.ts"
import type { ProxyStats, RequestSeries, TcpSeries } from "./stats.ts"

/** The Prometheus text exposition format 0.0.4 of one proxy's observations. */
export function exposition(stats: ProxyStats): string {
  const requests = [...stats.requestSeries()]
  const tcp = [...stats.tcpSeries()]
  const lines: string[] = []
  counter(lines, "istio_requests_total", requests, (series) => series.count)
  histogram(lines, "istio_request_duration_milliseconds", requests, (series) => series.duration)
  histogram(lines, "istio_request_bytes", requests, (series) => series.requestBytes)
  histogram(lines, "istio_response_bytes", requests, (series) => series.responseBytes)
  counter(lines, "istio_tcp_connections_opened_total", tcp, (series) => series.opened)
  counter(lines, "istio_tcp_connections_closed_total", tcp, (series) => series.closed)
  counter(lines, "istio_tcp_sent_bytes_total", tcp, (series) => series.sentBytes)
  counter(lines, "istio_tcp_received_bytes_total", tcp, (series) => series.receivedBytes)
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`
}

function counter<S extends RequestSeries | TcpSeries>(
  lines: string[],
  name: string,
  all: readonly S[],
  value: (series: S) => number,
): void {
  if (all.length === 0) return
  lines.push(`# TYPE ${name} counter`)
  for (const series of all) lines.push(`${name}{${series.labels}} ${value(series)}`)
}

function histogram(
  lines: string[],
  name: string,
  all: readonly RequestSeries[],
  value: (series: RequestSeries) => Histogram,
): void {
  if (all.length === 0) return
  lines.push(`# TYPE ${name} histogram`)
  for (const series of all) {
    const observed = value(series)
    const prefix = `${name}_bucket{${series.labels},le="`
    observed.cumulative().forEach((count, i) => lines.push(`${prefix}${bucketBounds[i]}"} ${count}`))
    lines.push(`${prefix}+Inf"} ${observed.count}`)
    lines.push(`${name}_sum{${series.labels}} ${observed.sum}`)
    lines.push(`${name}_count{${series.labels}} ${observed.count}`)
  }
}
