import { suite } from "../case.ts"
import { begin } from "../dataset.ts"
import { now } from "../session.ts"

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

export const mistakes = suite("mistakes", {
  parentheses: (s) =>
    s.ask(
      'sum(rate(http_requests_total{_weave_service=~"podinfo-.*"}[1m]))) by (_weave_service)',
      'sum(rate(http_requests_total{app="a"}[1m])',
      "(1 + 2",
      "1 + 2)",
      ")",
      "sum()",
      "()",
    ),
  braces: (s) =>
    s.ask(
      "a{",
      "a}",
      'a{b="c"',
      "a{b}",
      "a{b=}",
      "a{b=c}",
      'a{b:"c"}',
      "a{,}",
      'a{b="c",,}',
      "{}",
      '{a=""}',
      'a{__name__="b"}',
      'a{1="x"}',
      'a{b="c" d="e"}',
      'a{b=~"("}',
      'a{b=="c"}',
    ),
  brackets: (s) =>
    s.ask(
      "a]",
      "a[5m",
      "a[5m:]",
      "a[0s]",
      "a[5m:1m",
      "a[5m 5m]",
      "a[1h1h]",
      "a[30m1h]",
      "a[5m][5m]",
      "(a)[5m]",
      "sum(a)[5m]",
      "1[5m:1m]",
      "a[5m][5m:1m]",
    ),
  durations: (s) => s.ask("a[", "a[]", "a[5x]", "a[m5]", "a[-5m]", "a offset", "a offset b"),
  "numbers-as-durations": (s) => s.ask("5m", "a[5]", "a offset 5"),
  "names-in-quotes": (s) => s.ask('{"build_info"}', '{"build_info","app"="podinfo-ga"}', 'a{"b"="c"'),
  strings: (s) => s.ask("'", '"abc', "`abc", '"\\z"', '"a\nb"', '"\\xg1"', "'\\400'"),
  words: (s) =>
    s.ask(
      "a b",
      "1 2",
      "a 1",
      "foo(a)",
      "sum",
      "rate",
      "by (a)",
      "a by (b)",
      "a.b",
      "a-b-",
      "0x",
      "1.2.3",
      "1a",
      "&",
      "a && b",
      "a = b",
      "a =~ b",
      "!a",
      "a;",
      "#",
      "ä",
    ),
  types: (s) =>
    s.ask(
      "rate(a)",
      "sum(a[5m])",
      "sum(1)",
      'sum("a")',
      "abs(a[5m])",
      "abs(1)",
      "time(a)",
      "vector(a)",
      "scalar(1)",
      "a[5m] + 1",
      '"a" + 1',
      "-a[5m]",
      '-"a"',
      "histogram_quantile(a, b)",
      "histogram_quantile(0.9)",
      "rate(a[5m], 1)",
      "round()",
      "round(a, 1, 2)",
      "label_replace(a)",
      'label_replace(a, "b", c, "d", "e")',
      "label_join(a)",
    ),
  aggregations: (s) =>
    s.ask(
      "sum(a, b)",
      "topk(a)",
      "topk(a, b)",
      'topk("a", b)',
      "quantile(a)",
      "count_values(a, b)",
      "count_values(1, b)",
      "sum by a",
      "sum by (a",
      "sum by (a,) (b)",
      "sum by (1) (b)",
      "sum by (a) by (b) (c)",
      "sum(a) by (b) without (c)",
      "sum by (a) b",
      "topk()",
    ),
  operators: (s) =>
    s.ask(
      "1 == 1",
      "1 and 1",
      "a and 1",
      "1 or a",
      "1 + bool 1",
      "a + bool b",
      "a + on(b) 1",
      "a + on(b",
      "a + on(b) group_left(b) c",
      "a and on(b) group_left() c",
      "a + group_left() b",
      "a +",
      "* a",
      "a == bool",
      "a + + b",
      "a ^ ",
      "bool 1",
      "a or",
      "a unless bool b",
    ),
  modifiers: (s) =>
    s.ask(
      "a offset 5m offset 5m",
      "sum(a) offset 5m",
      "1 offset 5m",
      "rate(a[5m]) offset 5m",
      "a offset 1m[5m]",
      "a @",
      "a @ b",
      "a @ 1 @ 2",
      "sum(a) @ 1",
      "a @ start",
      "a @ start(1)",
      "a @ Inf",
      "offset 5m",
      "a[5m] offset 1m offset 1m",
      "a @ 1 [5m]",
    ),
  places: (s) =>
    s.ask("sum(\n  rate(a[5m])\n  +\n)", "sum(a)\n\n  by (b))", "a +\n# a comment )\n  ]", '"größer" größer'),
  "in-a-range": async (s) => {
    await s.askRange("sum(rate(a[5m])")
    await s.askRange("rate(a)")
  },
  execution: async (s) => {
    await s.ask(
      "http_requests_total + on(app) http_requests_total",
      'label_replace(memory_bytes, "pod", "same", "pod", ".*")',
    )
    await s.askRange("http_requests_total + on(app) http_requests_total")
    await s.askAt("rate(a)", now)
  },
})
