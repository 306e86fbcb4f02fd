// The embedded Prometheus over the data set, as a process of its own: fills its storage, tells what that takes, answers the HTTP API
// and, asked over IPC, queries without it.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Engine, MemoryStorage } from "../../packages/promql/src/index.ts"
import { startMetrics } from "../../packages/sandbox/src/metrics/index.ts"
import { dataset, steps, timeOf } from "./dataset.ts"

export interface Filled {
  readonly url: string
  readonly bytesPerSample: number
  readonly readAllMs: number
}

export interface RangeQuery {
  readonly query: string
  readonly start: number
  readonly end: number
  readonly step: number
}

const [seed = 0, start = 0] = process.argv.slice(2).map(Number)
setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** Bytes that are in use, on the heap and beside it. */
function used(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Answers how many samples it appended. The data set, with all its labels, is garbage when it returns. */
function fill(storage: MemoryStorage): number {
  const series = dataset(seed)
  let samples = 0
  for (let step = 0; step < steps; step += 1) {
    for (const one of series) if (storage.append(one.labels, timeOf(one, start, step), one.next())) samples += 1
  }
  return samples
}

function readAll(storage: MemoryStorage): number {
  const begun = performance.now()
  let samples = 0
  for (const { read } of storage.select([], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
    samples += read().times.length
  if (samples === 0) throw new Error("nothing was stored")
  return performance.now() - begun
}

const before = used()
const storage = new MemoryStorage()
const samples = fill(storage)
const bytesPerSample = (used() - before) / samples
const readAllMs = Math.min(...Array.from({ length: 5 }, () => readAll(storage)))
const log = (): void => undefined
const dial = (): Promise<never> => Promise.reject(new Error("there is nothing to scrape"))
const { url } = await startMetrics({
  config: "scrape_configs: []",
  storage,
  retention: Number.POSITIVE_INFINITY,
  dial,
  log,
})
const engine = new Engine(storage)
process.on("message", ({ query, start, end, step }: RangeQuery) => {
  const begun = performance.now()
  engine.range(query, start, end, step)
  process.send?.(performance.now() - begun)
})
process.on("disconnect", () => process.exit(0))
process.send?.({ url, bytesPerSample, readAllMs } satisfies Filled)
