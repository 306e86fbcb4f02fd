/** Begins a block of two hours. Unix seconds. */
export const begin = 1_699_999_200
const interval = 15
const samples = 240

type Value = (index: number) => number | string | undefined

/** A counter that gains `step` with each sample and begins anew at sample `reset`. */
const counter =
  (step: number, reset = Number.POSITIVE_INFINITY): Value =>
  (index) =>
    index < reset ? index * step : (index - reset) * step

const between =
  (from: number, to: number, value: Value): Value =>
  (index) =>
    index >= from && index < to ? value(index) : undefined

/** Of each series what it holds at sample `index`; undefined is a gap. */
const series: readonly (readonly [name: string, Value])[] = [
  ['http_requests_total{app="podinfo-ga",code="200",pod="ga-0"}', counter(30)],
  ['http_requests_total{app="podinfo-ga",code="200",pod="ga-1"}', counter(45, 100)],
  ['http_requests_total{app="podinfo-ga",code="500",pod="ga-0"}', counter(3)],
  ['http_requests_total{app="podinfo-canary",code="200",pod="canary-0"}', counter(15)],
  ['http_requests_total{app="podinfo-canary",code="500",pod="canary-0"}', between(60, 240, counter(6))],
  ['http_requests_total{app="podinfo-canary",code="404",pod="canary-0"}', between(0, 118, counter(9))],
  ['istio_requests_total{destination_workload="podinfo-canary",reporter="source",response_code="200"}', counter(12)],
  ['istio_requests_total{destination_workload="podinfo-canary",reporter="source",response_code="503"}', counter(3)],
  ['istio_requests_total{destination_workload="podinfo-ga",reporter="source",response_code="200"}', counter(75)],
  ...histogram('app="podinfo-ga"', [
    ["0.1", 8],
    ["0.25", 14],
    ["0.5", 18],
    ["1", 20],
    ["+Inf", 20],
  ]),
  ...histogram('app="podinfo-canary"', [
    ["0.1", 1],
    ["0.25", 3],
    ["0.5", 6],
    ["1", 7],
    ["+Inf", 8],
  ]),
  ['memory_bytes{pod="ga-0"}', (index) => 1_048_576 * (8 + (index % 16))],
  ['memory_bytes{pod="ga-1"}', (index) => 1_048_576 * (24 - (index % 8))],
  ['memory_bytes{pod="canary-0"}', (index) => 1_048_576 * (64 + (index % 4) * 16)],
  ['temperature_celsius{room="cellar"}', (index) => -2.5 + (index % 5) * 0.5],
  ['temperature_celsius{room="roof"}', (index) => 30.25 - (index % 3) * 0.25],
  ['build_info{app="podinfo-ga",version="6.0.0"}', () => 1],
  ['build_info{app="podinfo-canary",version="6.1.0"}', () => 1],
  ['special{is="nan"}', () => "NaN"],
  ['special{is="inf"}', () => "+Inf"],
  ['special{is="minus-inf"}', () => "-Inf"],
  ['special{is="small"}', () => "1.5e-9"],
  ['special{is="large"}', () => "2.5e+22"],
  ['special{is="minus-zero"}', () => "-0"],
  ['special{is="third"}', () => "0.3333333333333333"],
  ['odd_labels{text="says \\"so\\" \\\\ and\\ngoes on"}', () => 1],
  ['odd_labels{text="größer als 1 €"}', () => 2],
  ['odd_labels{text="a.b*c"}', () => 3],
  ['ended{way="stops"}', between(0, 100, () => 1)],
  ['ended{way="gap"}', (index) => (index >= 90 && index < 118 ? undefined : index)],
  ["begins_late", between(150, 240, counter(1))],
]

function histogram(labels: string, buckets: readonly (readonly [le: string, step: number])[]): [string, Value][] {
  const total = buckets.at(-1)?.[1] ?? 0
  return [
    ...buckets.map(([le, step]): [string, Value] => [
      `request_duration_seconds_bucket{${labels},le="${le}"}`,
      counter(step),
    ]),
    [`request_duration_seconds_sum{${labels}}`, counter(total / 4)],
    [`request_duration_seconds_count{${labels}}`, counter(total)],
  ]
}

/** An hour of samples every 15 s from `begin`, as OpenMetrics text. */
export function dataset(): string {
  const lines = Array.from({ length: samples }, (_, index) =>
    series.flatMap(([name, value]) => {
      const number = value(index)
      const shown = Object.is(number, -0) ? "-0" : String(number)
      return number === undefined ? [] : [`${name} ${shown} ${String(begin + index * interval)}`]
    }),
  )
  return `${lines.flat().join("\n")}\n# EOF\n`
}
