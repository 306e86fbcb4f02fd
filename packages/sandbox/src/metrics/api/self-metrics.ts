import type { ApiContext } from "./context.ts"
import { version } from "../version.ts"

/** What this Prometheus says of itself. */
export function selfMetrics({ storage, started }: ApiContext): string {
  const metric = (name: string, help: string, sample: string, value: number): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${sample} ${value}\n`
  return [
    metric(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      "process_start_time_seconds",
      started / 1000,
    ),
    metric(
      "prometheus_build_info",
      "A metric with a constant '1' value labeled by version from which prometheus was built.",
      `prometheus_build_info{version="${version}"}`,
      1,
    ),
    metric(
      "prometheus_ready",
      "Whether Prometheus startup was fully completed and the server is ready for normal operation.",
      "prometheus_ready",
      1,
    ),
    metric(
      "prometheus_tsdb_head_series",
      "Total number of series in the head block.",
      "prometheus_tsdb_head_series",
      storage.seriesCount,
    ),
  ].join("")
}
