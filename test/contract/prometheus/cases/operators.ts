import { suite } from "../case.ts"
import { begin } from "../dataset.ts"

export const aggregations = suite("aggregations", {
  sum: (s) =>
    s.ask(
      "sum(http_requests_total)",
      "sum by (app) (http_requests_total)",
      "sum without (pod, code) (http_requests_total)",
      "sum(http_requests_total) by (app, code)",
      "sum by (no_such_label) (http_requests_total)",
      "sum by () (memory_bytes)",
      "sum(no_such_series)",
    ),
  "averages-and-counts": (s) =>
    s.ask(
      "avg(memory_bytes)",
      "count by (app) (http_requests_total)",
      "group by (app) (http_requests_total)",
      "avg by (room) (temperature_celsius)",
    ),
  extremes: (s) =>
    s.ask("min(memory_bytes)", "max by (app) (http_requests_total)", "min(special)", "max(special)", "sum(special)"),
  deviations: (s) => s.ask("stddev(memory_bytes)", "stdvar(temperature_celsius)"),
  "top-and-bottom": async (s) => {
    await s.askInOrder(
      "topk(3, http_requests_total)",
      "bottomk(2, http_requests_total)",
      "topk by (app) (1, http_requests_total)",
      "topk(0, memory_bytes)",
      "topk(99, memory_bytes)",
      "bottomk(2, memory_bytes)",
    )
    await s.askRange("topk(1, memory_bytes)")
  },
  quantile: (s) =>
    s.ask("quantile(0.5, memory_bytes)", "quantile by (app) (0.9, http_requests_total)", "quantile(1.5, memory_bytes)"),
  "count-values": (s) =>
    s.ask(
      'count_values("value", build_info)',
      'count_values by (app) ("n", http_requests_total{code="500"})',
      'count_values("not-a-name", build_info)',
    ),
  sorted: (s) =>
    s.askInOrder(
      "sort(memory_bytes)",
      "sort_desc(memory_bytes)",
      'sort(special{is!="nan"})',
      "sort_desc(sum by (app) (http_requests_total))",
    ),
})

export const operators = suite("operators", {
  arithmetic: (s) =>
    s.ask(
      "1 + 2 * 3 ^ 2",
      "7 % 4",
      "-7 % 4",
      "2 ^ 3 ^ 2",
      "-2 ^ 2",
      "1 / 0",
      "0 / 0",
      "-1 / 0",
      "1 atan2 2",
      "memory_bytes / 1024 / 1024",
      "2 * temperature_celsius",
      "temperature_celsius % 2",
    ),
  comparisons: (s) =>
    s.ask(
      "memory_bytes > 20000000",
      "memory_bytes < bool 20000000",
      "20000000 < memory_bytes",
      "1 == bool 1",
      "temperature_celsius == -2.5",
      "temperature_celsius != bool 0",
      "1 > bool NaN",
    ),
  "vectors-one-to-one": (s) =>
    s.ask(
      "request_duration_seconds_sum / request_duration_seconds_count",
      'http_requests_total{code="500"} / ignoring(code, pod) build_info',
      'http_requests_total{code="500"} / on(app) http_requests_total{code="200",pod!="ga-1"}',
      'http_requests_total{code="500"} > on(app) http_requests_total{code="404"}',
      'http_requests_total{code="500"} > bool on(app) http_requests_total{code="404"}',
    ),
  "vectors-many-to-one": (s) =>
    s.ask(
      'http_requests_total{code="200"} * on(app) group_left(version) build_info',
      'build_info * on(app) group_right() http_requests_total{code="500"}',
      "sum by (app, code) (rate(http_requests_total[5m])) / on(app) group_left() sum by (app) (rate(http_requests_total[5m]))",
      'http_requests_total{code="200"} > on(app) group_left(version) build_info',
    ),
  "vectors-that-do-not-match": (s) =>
    s.ask(
      "http_requests_total / on(app) build_info",
      "build_info / on(app) http_requests_total",
      'http_requests_total{code="200"} * on(app) build_info',
      "memory_bytes * on(pod) group_left(code) http_requests_total",
      "build_info * on() group_left() temperature_celsius",
    ),
  sets: (s) =>
    s.ask(
      'http_requests_total and on(app) build_info{version="6.1.0"}',
      'http_requests_total unless on(app) build_info{version="6.1.0"}',
      'memory_bytes{pod="ga-0"} or temperature_celsius',
      "build_info or on(app) http_requests_total",
      "http_requests_total and ignoring(app, code, pod) vector(1)",
      "vector(1) or http_requests_total and build_info unless build_info",
    ),
  "in-ranges": (s) =>
    s.askRange(
      "memory_bytes > 20000000",
      'memory_bytes{pod="ga-0"} > bool 14000000',
      "memory_bytes == on(pod) memory_bytes offset 1m",
    ),
})

export const functions = suite("functions", {
  rounding: (s) =>
    s.ask(
      "round(temperature_celsius)",
      "round(temperature_celsius, 0.5)",
      "round(vector(1234.5678), 0.01)",
      "round(vector(-2.5))",
      "ceil(temperature_celsius)",
      "floor(temperature_celsius)",
      "round(special)",
    ),
  mathematics: (s) =>
    s.ask(
      "abs(temperature_celsius)",
      "sqrt(vector(2))",
      "exp(vector(1))",
      "ln(vector(10))",
      "log2(vector(8))",
      "log10(vector(1000))",
      "sgn(special)",
      "sqrt(vector(-1))",
      "ln(vector(0))",
      "pi()",
    ),
  clamping: (s) =>
    s.ask(
      "clamp(temperature_celsius, -1, 25)",
      "clamp_min(temperature_celsius, 0)",
      "clamp_max(temperature_celsius, 0)",
      "clamp(temperature_celsius, 5, 1)",
      "clamp_min(special, NaN)",
    ),
  "scalars-and-vectors": (s) =>
    s.ask(
      'scalar(memory_bytes{pod="ga-0"})',
      "scalar(memory_bytes)",
      "vector(time())",
      "vector(1) + scalar(vector(2))",
    ),
  times: (s) =>
    s.ask(
      "time()",
      "timestamp(build_info)",
      "timestamp(build_info offset 1m)",
      'timestamp(ended{way="gap"})',
      "timestamp(vector(1))",
      "minute()",
      "hour(vector(0))",
      "day_of_week(vector(1700001007))",
      "day_of_month(vector(1700001007))",
      "days_in_month(vector(1700001007))",
      "month(vector(1700001007))",
      "year(vector(1700001007))",
    ),
  "label-replace": (s) =>
    s.ask(
      'label_replace(build_info, "team", "$1 of $2", "app", "(.*)-(.*)")',
      'label_replace(build_info, "team", "x", "app", "no match")',
      'label_replace(build_info, "version", "", "app", "podinfo-ga")',
      'label_replace(build_info, "app", "same", "app", ".*")',
      'label_replace(build_info, "both", "${name}!", "app", "(?P<name>.*)-ga")',
      'label_replace(build_info, "not-a-name", "x", "app", ".*")',
      'label_replace(build_info, "a", "x", "app", "(")',
      'label_replace(memory_bytes, "pod", "same", "pod", ".*")',
    ),
  "label-join": (s) =>
    s.ask(
      'label_join(build_info, "both", "/", "app", "version")',
      'label_join(build_info, "none", "-")',
      'label_join(build_info, "one", "-", "app", "no_such_label")',
      'label_join(build_info, "1a", "-", "app")',
    ),
  "histogram-quantile": (s) =>
    s.ask(
      "histogram_quantile(0.5, rate(request_duration_seconds_bucket[5m]))",
      "histogram_quantile(0.9, sum by (le) (rate(request_duration_seconds_bucket[5m])))",
      "histogram_quantile(0.99, sum by (app, le) (rate(request_duration_seconds_bucket[5m])))",
      "histogram_quantile(0.01, request_duration_seconds_bucket)",
      "histogram_quantile(0, request_duration_seconds_bucket)",
      "histogram_quantile(1, request_duration_seconds_bucket)",
      "histogram_quantile(-1, request_duration_seconds_bucket)",
      "histogram_quantile(2, request_duration_seconds_bucket)",
      "histogram_quantile(NaN, request_duration_seconds_bucket)",
      'histogram_quantile(0.5, request_duration_seconds_bucket{le!="+Inf"})',
      "histogram_quantile(0.5, build_info)",
      "histogram_quantile(0.5, rate(request_duration_seconds_bucket[10s]))",
    ),
  smoothing: (s) => s.ask('holt_winters(temperature_celsius{room="roof"}[5m], 0.5, 0.5)'),
  subqueries: (s) =>
    s.ask(
      "max_over_time(sum(rate(http_requests_total[2m] offset 7s))[10m:1m])",
      'avg_over_time(memory_bytes{pod="ga-0"}[10m:2m])',
      'count_over_time(memory_bytes{pod="ga-0"}[10m:])',
      'memory_bytes{pod="ga-0"}[3m:1m]',
      'memory_bytes{pod="ga-0"}[3m:1m] offset 1m',
      'rate(http_requests_total{pod="ga-0"}[5m:30s])',
      'max_over_time(rate(http_requests_total{pod="ga-0"}[1m] offset 7s)[5m:15s] offset 5m)',
      `sum_over_time(vector(1)[5m:50s] @ ${String(begin + 907)})`,
    ),
  "subqueries-in-ranges": (s) => s.askRange('max_over_time(deriv(memory_bytes{pod="ga-0"}[1m])[5m:30s])'),
})
