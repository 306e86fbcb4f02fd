import type { Labels, MemoryStorage } from "@serin/promql"
import { badData } from "./api-error.ts"
import type { Handler } from "./context.ts"

const most = 10_000

/** What is stored, and by which labels most of it. Of what only Prometheus' own files have (chunks) nothing is told. */
export const tsdbStatus: Handler = ({ storage }, parameters) => {
  const limit = limitOf(parameters)
  const { series, times } = contents(storage)
  const pairs = new Map<string, number>()
  const values = new Map<string, Set<string>>()
  const bytes = new Map<string, number>()
  const names = new Map<string, number>()
  for (const labels of series) {
    add(names, labels.get("__name__"), 1)
    for (const [name, value] of labels.pairs) {
      add(pairs, `${name}=${value}`, 1)
      add(bytes, name, Buffer.byteLength(value))
      values.set(name, (values.get(name) ?? new Set()).add(value))
    }
  }
  const largest = (counts: Iterable<readonly [string, number]>): object[] =>
    [...counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([name, value]) => ({ name, value }))
  return {
    headStats: { numSeries: series.length, numLabelPairs: pairs.size, minTime: times.first, maxTime: times.last },
    seriesCountByMetricName: largest(names),
    labelValueCountByLabelName: largest([...values].map(([name, { size }]) => [name, size] as const)),
    memoryInBytesByLabelName: largest(bytes),
    seriesCountByLabelValuePair: largest(pairs),
  }
}

/** Prometheus' own files: there are none. */
export const tsdbBlocks: Handler = () => ({ blocks: [] })

/** The log is read before anything is answered. */
export const logReplay: Handler = () => ({ min: 0, max: 0, current: 0 })

function contents(storage: MemoryStorage): { series: Labels[]; times: { first: number; last: number } } {
  const times = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY }
  const series = storage.select([], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map((found) => {
    const read = found.read().times
    times.first = Math.min(times.first, read[0] ?? times.first)
    times.last = Math.max(times.last, read.at(-1) ?? times.last)
    return found.labels
  })
  return { series, times: series.length === 0 ? { first: 0, last: 0 } : times }
}

function limitOf(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? ""
  if (text === "") return 10
  if (!/^\+?\d+$/.test(text) || Number(text) < 1) throw badData("limit must be a positive number")
  if (Number(text) > most) throw badData(`limit must not exceed ${String(most)}`)
  return Number(text)
}

const add = (counts: Map<string, number>, name: string, count: number): void =>
  void counts.set(name, (counts.get(name) ?? 0) + count)
