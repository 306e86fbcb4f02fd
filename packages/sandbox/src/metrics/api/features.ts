import { aggregations, experimentalAggregations, signatures } from "@serin/promql"
import { templateFunctions } from "../template/index.ts"
import type { Handler } from "./context.ts"

const all = (names: Iterable<string>, holds: (name: string) => boolean = () => true): Record<string, boolean> =>
  Object.fromEntries([...names].sort().map((name) => [name, holds(name)]))

/** What this Prometheus can, by the names that Prometheus has for it. */
export const features: Handler = () => ({
  api: {
    admin: false,
    exclude_alerts: true,
    label_values_match: true,
    lifecycle: false,
    otlp_write_receiver: false,
    query_stats: true,
    query_warnings: true,
    remote_write_receiver: false,
    time_range_labels: true,
    time_range_series: true,
  },
  prometheus: { agent_mode: false, auto_reload_config: false, server_mode: true },
  promql: {
    at_modifier: true,
    delayed_name_removal: false,
    negative_offset: true,
    per_query_lookback_delta: true,
    per_step_stats: false,
    subqueries: true,
    type_and_unit_labels: false,
  },
  promql_functions: all(signatures.keys(), (name) => signatures.get(name)?.experimental !== true),
  promql_operators: all(aggregations.keys(), (name) => !experimentalAggregations.has(name)),
  rules: { concurrent_rule_eval: false, keep_firing_for: true, query_offset: true },
  scrape: {
    extra_scrape_metrics: true,
    openmetrics2: false,
    start_timestamp_zero_ingestion: false,
    type_and_unit_labels: false,
  },
  service_discovery_providers: all(["http", "kubernetes", "static"]),
  templating_functions: all(templateFunctions),
  tsdb: { exemplar_storage: true, native_histograms: true },
})
