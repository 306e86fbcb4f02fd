/** Upper bounds in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts requests and how long they took, for Prometheus (text format 0.0.4). */
export class Metrics {
  #version
  #series = new Map()

  constructor(version) {
    this.#version = version
  }

  observe(labels, seconds) {
    const key = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(",")
    const series = this.#series.get(key) ?? { count: 0, sum: 0, buckets: bounds.map(() => 0) }
    this.#series.set(key, series)
    series.count += 1
    series.sum += seconds
    bounds.forEach((bound, index) => {
      if (seconds <= bound) series.buckets[index] += 1
    })
  }

  toString() {
    const lines = [
      ...head("podinfo_build_info", "gauge", "Always 1; says which version runs."),
      `podinfo_build_info{version="${this.#version}"} 1`,
      ...head("process_resident_memory_bytes", "gauge", "Memory in use."),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...head("process_start_time_seconds", "gauge", "When the process began, in seconds since 1970."),
      `process_start_time_seconds ${(Date.now() / 1000 - process.uptime()).toFixed(3)}`,
      ...head("http_requests_total", "counter", "Requests that were answered."),
      ...[...this.#series].map(([labels, { count }]) => `http_requests_total{${labels}} ${count}`),
      ...head("http_requests", "histogram", "Seconds from request to answer; the name that older dashboards ask for."),
      ...this.#histogram("http_requests"),
      ...head("http_request_duration_seconds", "histogram", "Seconds from request to answer."),
      ...this.#histogram("http_request_duration_seconds"),
    ]
    return `${lines.join("\n")}\n`
  }

  #histogram(name) {
    return [...this.#series].flatMap(([labels, { count, sum, buckets }]) => [
      ...bounds.map((bound, index) => `${name}_bucket{${labels},le="${bound}"} ${buckets[index]}`),
      `${name}_bucket{${labels},le="+Inf"} ${count}`,
      `${name}_sum{${labels}} ${sum}`,
      `${name}_count{${labels}} ${count}`,
    ])
  }
}

function head(name, type, help) {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
