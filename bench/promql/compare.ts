import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { interval, steps } from "./dataset.ts"
import type { Filled, RangeQuery } from "./ours.ts"
import { startTheirs } from "./theirs.ts"

/** Medians in milliseconds: over HTTP, and of our engine without it. */
export interface Row {
  readonly query: string
  readonly size: Size
  readonly ours: number
  readonly theirs: number
  readonly engine: number
}

export interface Comparison {
  readonly rows: readonly Row[]
  readonly bytesPerSample: number
  readonly readAllMs: number
  /** Of the real Prometheus. */
  readonly version: string
}

/** How much of an answer there is. */
interface Size {
  readonly series: number
  readonly points: number
}

const seed = 1
/** All data, at 240 steps. */
const length = steps * interval

/** Both servers with the same data, asked in turns. */
export async function compare(
  queries: readonly string[],
  rounds: number,
  say: (row: Row) => void,
): Promise<Comparison> {
  const start = Math.floor(Date.now() / interval) * interval - length
  const range = { start: start + length / 240, end: start + length, step: length / 240 }
  const ours = await startOurs(start)
  try {
    const theirs = await startTheirs(seed, start)
    try {
      const rows: Row[] = []
      for (const query of queries) {
        const row = await compareOne({ query, ...range }, ours, theirs, rounds)
        rows.push(row)
        say(row)
      }
      const { bytesPerSample, readAllMs } = ours
      return { rows, bytesPerSample, readAllMs, version: await theirs.version() }
    } finally {
      await theirs.close()
    }
  } finally {
    ours.close()
  }
}

interface Ours extends Filled {
  /** Milliseconds without the HTTP API. */
  engineOnly(query: RangeQuery): Promise<number>
  close(): void
}

async function startOurs(start: number): Promise<Ours> {
  const child = fork(fileURLToPath(new URL("ours.ts", import.meta.url)), [String(seed), String(start)])
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the embedded Prometheus ended with exit code ${String(code)}`)
  })
  // At the end it ends, and nobody waits for it any more.
  ended.catch(() => undefined)
  const [filled] = (await Promise.race([once(child, "message"), ended])) as [Filled]
  const engineOnly = async (query: RangeQuery): Promise<number> => {
    child.send(query)
    const [milliseconds] = (await Promise.race([once(child, "message"), ended])) as [number]
    return milliseconds
  }
  return { ...filled, engineOnly, close: () => child.disconnect() }
}

async function compareOne(
  query: RangeQuery,
  ours: Ours,
  theirs: { readonly url: string },
  rounds: number,
): Promise<Row> {
  const [answer, expected] = [await ask(ours.url, query), await ask(theirs.url, query)]
  const size = sizeOfSame(query, parsed(answer.answer), parsed(expected.answer))
  await ours.engineOnly(query)
  const times = { ours: new Array<number>(), theirs: new Array<number>(), engine: new Array<number>() }
  for (let round = 0; round < rounds; round += 1) {
    times.ours.push((await ask(ours.url, query)).milliseconds)
    times.theirs.push((await ask(theirs.url, query)).milliseconds)
    times.engine.push(await ours.engineOnly(query))
  }
  return {
    query: query.query,
    size,
    ours: median(times.ours),
    theirs: median(times.theirs),
    engine: median(times.engine),
  }
}

/** From asking to the last byte of the answer, and that answer. */
async function ask(
  url: string,
  { query, start, end, step }: RangeQuery,
): Promise<{ readonly milliseconds: number; readonly answer: string }> {
  const seconds = (time: number): string => String(time / 1000)
  const body = new URLSearchParams({ query, start: seconds(start), end: seconds(end), step: seconds(step) })
  const begun = performance.now()
  const response = await fetch(`${url}/api/v1/query_range`, { method: "POST", body })
  const answer = await response.text()
  const milliseconds = performance.now() - begun
  if (!response.ok) throw new Error(`${url} does not answer ${query}: ${answer}`)
  return { milliseconds, answer }
}

interface Answer {
  readonly data: { readonly result: readonly Matrix[] }
}

interface Matrix {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [seconds: number, value: string])[]
}

/** Of the queries' windows. */
const longestRange = 5 * 60_000

const parsed = (answer: string): readonly Matrix[] => (JSON.parse(answer) as Answer).data.result

/**
 * How much both answers hold. Throws when they are not the same to nine digits: sums are added up in another order. The first
 * windows, which begin before the samples do, are extrapolated by another rule since Prometheus 3, and only have to be there.
 */
function sizeOfSame({ query, start }: RangeQuery, ours: readonly Matrix[], theirs: readonly Matrix[]): Size {
  const name = ({ metric }: Matrix): string => JSON.stringify(Object.entries(metric).sort())
  const expected = new Map(theirs.map((series) => [name(series), series.values]))
  const isSame = (values: Matrix["values"], others: Matrix["values"]): boolean =>
    values.length === others.length &&
    values.every(([seconds, value], index) => {
      const [theirSeconds, theirValue] = others[index] ?? [0, ""]
      const [a, b] = [Number(value), Number(theirValue)]
      const isClose = value === theirValue || Math.abs(a - b) <= 1e-9 * Math.abs(b)
      return seconds === theirSeconds && (isClose || seconds * 1000 < start + longestRange)
    })
  const differing = ours.find((series) => !isSame(series.values, expected.get(name(series)) ?? []))
  if (ours.length !== theirs.length || differing !== undefined)
    throw new Error(`${query} has another answer here than there: ${differing ? name(differing) : "other series"}`)
  return { series: ours.length, points: ours.reduce((sum, { values }) => sum + values.length, 0) }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
