import { Labels } from "../../packages/promql/src/index.ts"

export const interval = 15_000
/** Samples of each series: two hours. */
export const steps = 480

/** One series of a service's metrics; `next` gives its value at one scrape after the other. */
export interface Generated {
  readonly labels: Labels
  /** Of its target: milliseconds after the round time. */
  readonly offset: number
  readonly next: () => number
}

const [pods, handlers] = [40, 16] as const
const bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"] as const
const limits = bounds.map((bound) => (bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound)))

/**
 * What 40 pods of a service expose, 10,000 series: per pod 16 latency histograms of 13 series, and 42 counters and gauges of the
 * kinds that clients have. The same for the same seed.
 */
export function dataset(seed: number): Generated[] {
  const random = new Random(seed)
  return Array.from({ length: pods }, (_, pod) => {
    const target = {
      job: "shop",
      namespace: `team-${String(pod % 5)}`,
      instance: `10.244.${String(pod % 4)}.${String(10 + pod)}:8080`,
      pod: `shop-${(0x5c9f7d * (1 + (pod % 3))).toString(16)}-${(pod * 7919 + 46_656).toString(36)}`,
    }
    const offset = random.below(interval)
    const metrics = [
      ...Array.from({ length: handlers }, (_, handler) =>
        latencies(random, `/api/v1/resource-${String(handler)}`),
      ).flat(),
      ...counters(random),
      ...gauges(random),
    ]
    return metrics.map(([labels, next]) => ({ labels: Labels.from({ ...labels, ...target }), offset, next }))
  }).flat()
}

type Metric = readonly [labels: Readonly<Record<string, string>>, next: () => number]

/** A latency histogram: requests at a rate of its own, times log-normal about a middle of its own. */
function latencies(random: Random, handler: string): Metric[] {
  const perInterval = 2 ** (random.unit() * 9 - 1)
  const middle = 0.004 * 2 ** (random.unit() * 6)
  const counts = bounds.map(() => 0)
  let sum = 0
  const observe = (): void => {
    for (let left = random.poisson(perInterval); left > 0; left -= 1) {
      const seconds = middle * Math.exp(random.normal() * 0.7)
      sum += seconds
      let index = 0
      while (seconds > (limits[index] ?? 0)) index += 1
      for (; index < counts.length; index += 1) counts[index] = (counts[index] ?? 0) + 1
    }
  }
  const name = "http_request_duration_seconds"
  const labels = { handler, method: random.unit() < 0.7 ? "GET" : "POST" }
  const buckets = bounds.map((le, index): Metric => {
    // The first of the family makes the scrape's observations; all are asked once a scrape, in this order.
    const next = () => {
      if (index === 0) observe()
      return counts[index] ?? 0
    }
    return [{ __name__: `${name}_bucket`, le, ...labels }, next]
  })
  return [
    ...buckets,
    [{ __name__: `${name}_sum`, ...labels }, () => sum],
    [{ __name__: `${name}_count`, ...labels }, () => counts.at(-1) ?? 0],
  ]
}

function counters(random: Random): Metric[] {
  const counting = (labels: Readonly<Record<string, string>>, more: () => number): Metric => {
    let total = Math.round(random.unit() * 1e6)
    return [labels, () => (total += more())]
  }
  let seconds = 0
  return [
    ...["200", "201", "204", "301", "400", "401", "404", "409", "429", "500", "502", "503"].map((code) => {
      const rate = code.startsWith("2") ? 50 + random.unit() * 400 : random.unit() * 4
      return counting({ __name__: "http_requests_total", code }, () => random.poisson(rate))
    }),
    ...["in", "out"].map((direction) =>
      counting({ __name__: "network_bytes_total", direction }, () => random.poisson(400) * 1400 + random.below(1400)),
    ),
    ...["orders", "payments", "stock", "mail"].map((topic) =>
      counting({ __name__: "queue_messages_total", topic }, () => random.poisson(20)),
    ),
    // Clock ticks: hundredths of a second.
    [{ __name__: "process_cpu_seconds_total" }, () => Math.round((seconds += random.unit() * 4) * 100) / 100],
    counting({ __name__: "process_restarts_total" }, () => 0),
  ]
}

function gauges(random: Random): Metric[] {
  const walking = (name: string, start: number, step: number, unit: number): Metric => {
    let value = start
    return [{ __name__: name }, () => (value = Math.max(0, value + Math.round((random.normal() * step) / unit) * unit))]
  }
  const constant = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): Metric => [
    { __name__: name, ...labels },
    () => value,
  ]
  return [
    constant("up", 1),
    constant("build_info", 1, { version: "1.4.2" }),
    constant("process_start_time_seconds", 1_760_000_000 + random.below(1e6) / 100),
    constant("memory_limit_bytes", 2 ** 30),
    constant("connections_max", 200),
    walking("memory_bytes", 3e8, 2e6, 4096),
    walking("heap_bytes", 2e8, 5e6, 8),
    walking("threads", 30, 0.6, 1),
    walking("connections", 80, 3, 1),
    walking("open_files", 120, 2, 1),
    ...["orders", "payments", "stock", "mail"].map((topic): Metric => {
      const [labels, next] = walking("queue_length", 5, 3, 1)
      return [{ ...labels, topic }, next]
    }),
    // Tenths, as sensors give them, and what no number of places holds.
    [{ __name__: "temperature_celsius" }, () => Math.round(400 + random.normal() * 15) / 10],
    [{ __name__: "cpu_utilization_ratio" }, () => random.unit()],
    [{ __name__: "cache_hit_ratio" }, () => 0.9 + random.unit() / 10],
    [{ __name__: "event_loop_lag_seconds" }, () => Math.round(random.unit() * 1e7) / 1e9],
    [{ __name__: "scrape_duration_seconds" }, () => Math.round(2e6 + random.unit() * 1e6) / 1e9],
    constant("scrape_samples_scraped", 250),
    constant("scrape_series_added", 0),
    constant("scrape_samples_post_metric_relabeling", 250),
  ]
}

/** When the scrape of a step is: most are on time, as Prometheus aligns them; some targets answer late. */
export const timeOf = (series: Generated, start: number, step: number): number => {
  const late = (series.offset * 31 + step * 7919) % 97
  return start + step * interval + series.offset + (late < 5 ? late * 3 : 0)
}

/** Mulberry32, and what is made of it. */
class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }

  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.unit() * limit)
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit())
  }

  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + this.normal() * Math.sqrt(mean)))
    const limit = Math.exp(-mean)
    let count = -1
    for (let product = 1; product > limit; product *= this.unit()) count += 1
    return count
  }
}
