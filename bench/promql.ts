// The embedded Prometheus beside the real one (Debian's, on the PATH) over the same 10,000 series × 2 h at 15 s: time of range
// queries over HTTP, and bytes that a sample takes.
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { interval, steps } from "./promql/dataset.ts"
import type { Filled, RangeQuery } from "./promql/ours.ts"
import { startTheirs } from "./promql/theirs.ts"

const seed = 1
const rounds = 7
const queries = [
  "sum by (handler) (rate(http_request_duration_seconds_bucket[5m]))",
  "sum by (code) (rate(http_requests_total[5m]))",
  "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
  "histogram_quantile(0.99, sum by (handler, le) (rate(http_request_duration_seconds_bucket[5m])))",
  'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
  "max by (pod) (max_over_time(memory_bytes[5m]))",
  'count by (__name__) ({__name__=~".+"})',
  "http_requests_total",
]
/** All data, at 240 steps. */
const length = steps * interval
const start = Math.floor(Date.now() / interval) * interval - length
const range = { start: start + length / 240, end: start + length, step: length / 240 }

async function startOurs() {
  const child = fork(fileURLToPath(new URL("promql/ours.ts", import.meta.url)), [String(seed), String(start)])
  const [filled] = (await once(child, "message")) as [Filled]
  /** Milliseconds without the HTTP API. */
  const engineOnly = async (query: string): Promise<number> => {
    child.send({ query, ...range } satisfies RangeQuery)
    const [milliseconds] = (await once(child, "message")) as [number]
    return milliseconds
  }
  return { ...filled, engineOnly, close: () => child.disconnect() }
}

/** Milliseconds from asking to the last byte of the answer, and that answer. */
async function ask(url: string, query: string): Promise<{ milliseconds: number; answer: string }> {
  const parameters = new URLSearchParams({ query })
  for (const [name, value] of Object.entries(range)) parameters.set(name, String(value / 1000))
  const begun = performance.now()
  const response = await fetch(`${url}/api/v1/query_range`, { method: "POST", body: parameters })
  const answer = await response.text()
  if (!response.ok) throw new Error(`${url} does not answer ${query}: ${answer}`)
  return { milliseconds: performance.now() - begun, answer }
}

interface Answer {
  readonly data: { readonly result: readonly { readonly values: readonly unknown[] }[] }
}

/** How much of an answer there is: the same of both, or they are not doing the same. */
function sizeOf(text: string): string {
  const { data } = JSON.parse(text) as Answer
  const points = data.result.reduce((sum, { values }) => sum + values.length, 0)
  return `${String(data.result.length)} series, ${String(points)} points`
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const ours = await startOurs()
try {
  const theirs = await startTheirs(seed, start)
  try {
    console.log(`bytes a sample at rest: ${ours.bytesPerSample.toFixed(2)} (limit 3)`)
    console.log(`reading all 4.8 million samples: ${ours.readAllMs.toFixed(0)} ms\n`)
    console.log(`median of ${String(rounds)}, over HTTP    ours ms  theirs ms  ours/theirs   (engine only, ms)`)
    for (const query of queries) {
      const sizes = [await ask(ours.url, query), await ask(theirs.url, query)].map(({ answer }) => sizeOf(answer))
      if (sizes[0] !== sizes[1]) throw new Error(`${query}: ours ${String(sizes[0])}, theirs ${String(sizes[1])}`)
      const [mine, real, engine]: number[][] = [[], [], []]
      for (let round = 0; round < rounds; round += 1) {
        mine?.push((await ask(ours.url, query)).milliseconds)
        real?.push((await ask(theirs.url, query)).milliseconds)
        engine?.push(await ours.engineOnly(query))
      }
      const [a, b, c] = [median(mine ?? []), median(real ?? []), median(engine ?? [])]
      console.log(
        `${query}\n${" ".repeat(24)}${a.toFixed(0).padStart(7)}${b.toFixed(0).padStart(11)}${(a / b).toFixed(2).padStart(13)}${c.toFixed(0).padStart(12)}   ${String(sizes[0])}`,
      )
    }
  } finally {
    await theirs.close()
  }
} finally {
  ours.close()
}
