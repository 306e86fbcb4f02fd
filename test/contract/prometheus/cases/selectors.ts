import { suite } from "../case.ts"
import { begin } from "../dataset.ts"

export const selectors = suite("selectors", {
  "by-name": (s) => s.ask("build_info", "{__name__='build_info'}", "no_such_series", '{__name__=~".*_celsius"}'),
  matchers: (s) =>
    s.ask(
      'http_requests_total{app="podinfo-ga"}',
      'http_requests_total{app!="podinfo-ga"}',
      'http_requests_total{code=~"5.."}',
      'http_requests_total{code!~"5..|2.*",app=~"podinfo-.+"}',
      'http_requests_total{pod=~"ga-[01]",}',
    ),
  "labels-that-are-not-there": (s) =>
    s.ask('build_info{room=""}', 'build_info{room!=""}', 'build_info{room=~".*"}', '{app="podinfo-ga",pod=""}'),
  "patterns-hold-for-the-whole-value": (s) =>
    s.ask(
      'build_info{app=~"podinfo"}',
      'build_info{app=~"podinfo.*"}',
      'build_info{app=~"(?i)PODINFO-GA"}',
      'odd_labels{text=~"a\\\\.b\\\\*c"}',
    ),
  "patterns-as-go-has-them": (s) =>
    s.ask(
      'build_info{app=~"podinfo\\-ga|nothing"}',
      'build_info{app=~"(?P<first>[[:alpha:]]+)-[^c].*"}',
      'odd_labels{text=~"\\\\Qa.b*\\\\Ec"}',
      'odd_labels{text=~"[]a].[b}][^/]c"}',
      'odd_labels{text=~"gr\\\\p{Ll}+er .*"}',
      'build_info{version=~"6[.]1[.]0{1,2}"}',
      'build_info{app=~"*"}',
      'build_info{app=~"["}',
      'build_info{app=~"a)"}',
      'build_info{app=~"(?=a)"}',
      'build_info{app=~"(a)\\\\1"}',
      'build_info{app=~"\\\\y"}',
    ),
  "values-of-all-kinds": (s) =>
    s.ask(
      'odd_labels{text=`says "so" \\ and\ngoes on`}',
      'odd_labels{text="größer als 1 €"}',
      "odd_labels{text='a.b*c'}",
    ),
  "the-dot-and-the-newline": (s) => s.ask('odd_labels{text=~"says.*"}'),
  "special-values": (s) => s.ask("special", "-special", "special == special", "special > 0"),
  lookback: async (s) => {
    await s.askAt('ended{way="stops"}', begin + 1485)
    await s.askAt('ended{way="stops"}', begin + 1784)
    await s.askAt('ended{way="stops"}', begin + 1786)
    await s.askAt('ended{way="stops"}', begin - 1)
    await s.askAt('ended{way="stops"}', begin)
  },
  "lookback-ends-at-its-border": (s) => s.askAt('ended{way="stops"}', begin + 1785),
  offset: (s) =>
    s.ask(
      'memory_bytes{pod="ga-0"} offset 5m',
      'memory_bytes{pod="ga-0"} offset -5m',
      'http_requests_total{code="200"} - http_requests_total offset 10m',
      "rate(http_requests_total[5m] offset 5m)",
      "sum(http_requests_total offset 1h)",
    ),
  "at-a-time": (s) =>
    s.ask(
      `memory_bytes{pod="ga-0"} @ ${String(begin + 307)}`,
      `rate(http_requests_total{code="200"}[5m] @ ${String(begin + 907.5)})`,
      `memory_bytes{pod="ga-0"} @ ${String(begin + 907)} offset 10m`,
      'memory_bytes{pod="ga-0"} @ start()',
      'memory_bytes{pod="ga-0"} @ end()',
    ),
  "at-the-ends-of-a-range": (s) =>
    s.askRange('memory_bytes{pod="ga-0"} - memory_bytes @ start()', "topk(1, memory_bytes @ end())"),
  ranges: (s) => s.ask('temperature_celsius{room="roof"}[45s]', 'ended{way="gap"}[10m]', 'ended{way="stops"}[1m]'),
})

export const rates = suite("rates", {
  rate: (s) =>
    s.ask("rate(http_requests_total[5m])", "rate(http_requests_total[1m])", "rate(http_requests_total[20s])"),
  increase: (s) => s.ask("increase(http_requests_total[10m])", "increase(begins_late[5m])"),
  "over-a-reset": async (s) => {
    await s.askAt('rate(http_requests_total{pod="ga-1"}[10m])', begin + 1657)
    await s.askAt('increase(http_requests_total{pod="ga-1"}[10m])', begin + 1657)
    await s.askAt('resets(http_requests_total{pod="ga-1"}[10m])', begin + 1657)
    await s.askAt('delta(http_requests_total{pod="ga-1"}[10m])', begin + 1657)
    await s.askAt('irate(http_requests_total{pod="ga-1"}[1m])', begin + 1507)
    await s.askAt('idelta(http_requests_total{pod="ga-1"}[1m])', begin + 1507)
  },
  "near-the-beginning": async (s) => {
    await s.askAt('rate(http_requests_total{code="200"}[5m])', begin + 37)
    await s.askAt('rate(http_requests_total{app="podinfo-canary",code="500"}[5m])', begin + 967)
    await s.askAt('rate(http_requests_total{app="podinfo-canary",code="404"}[5m])', begin + 1927)
  },
  "windows-that-meet-samples": async (s) => {
    await s.askAt('count_over_time(build_info{app="podinfo-ga"}[1m])', begin + 1800)
    await s.askAt('increase(http_requests_total{pod="ga-0",code="200"}[1m])', begin + 1800)
  },
  "irate-and-idelta": (s) => s.ask("irate(http_requests_total[2m])", "idelta(memory_bytes[2m])"),
  "delta-and-deriv": (s) =>
    s.ask(
      "delta(temperature_celsius[5m])",
      "deriv(begins_late[5m])",
      'predict_linear(memory_bytes{pod="ga-0"}[3m], 600)',
      "changes(temperature_celsius[5m])",
    ),
  deriv: (s) => s.askRange('deriv(http_requests_total{pod="ga-0"}[3m])'),
  "range-query": (s) => s.askRange("sum by (app) (rate(http_requests_total[2m]))"),
  "as-the-story-asks": async (s) => {
    await s.askRange('sum(rate(http_requests_total{app=~"podinfo-.*"}[1m])) by (app)')
    await s.ask('sum(rate(http_requests_total{app=~"podinfo-.*"}[1m]))) by (app)')
  },
  "as-the-analysis-asks": (s) =>
    s.ask(
      'sum(rate(istio_requests_total{reporter="source",destination_workload="podinfo-canary",response_code!~"5.."}[1m])) / sum(rate(istio_requests_total{reporter="source",destination_workload="podinfo-canary"}[1m])) * 100',
      'sum(increase(istio_requests_total{destination_workload="podinfo-canary"}[2m]))',
      'histogram_quantile(0.99, sum(rate(request_duration_seconds_bucket{app="podinfo-canary"}[1m])) by (le))',
    ),
})

export const overTime = suite("over-time", {
  "sums-and-averages": (s) =>
    s.ask(
      "sum_over_time(temperature_celsius[5m])",
      "avg_over_time(temperature_celsius[5m])",
      "count_over_time(ended[10m])",
    ),
  "averages-that-round": (s) => s.ask("avg_over_time(memory_bytes[5m])"),
  extremes: (s) =>
    s.ask(
      "min_over_time(memory_bytes[3m])",
      "max_over_time(memory_bytes[3m])",
      "max_over_time(special[1m])",
      "min_over_time(special[1m])",
    ),
  "last-and-present": (s) => s.ask("last_over_time(ended[10m])", "present_over_time(ended[10m])"),
  quantiles: (s) =>
    s.ask(
      "quantile_over_time(0.5, memory_bytes[5m])",
      "quantile_over_time(0.95, temperature_celsius[5m])",
      "quantile_over_time(2, temperature_celsius[5m])",
      "quantile_over_time(-1, temperature_celsius[5m])",
    ),
  deviations: (s) => s.ask("stddev_over_time(temperature_celsius[5m])", "stdvar_over_time(temperature_celsius[5m])"),
  absent: (s) =>
    s.ask(
      'absent(no_such_series{app="a",code!="b"})',
      "absent(build_info)",
      'absent_over_time(no_such_series{app="a"}[5m])',
      "absent_over_time(build_info[5m])",
      "absent(sum(no_such_series))",
    ),
})
