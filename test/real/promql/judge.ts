import { spawn, type ChildProcess } from "node:child_process"
import { createInterface } from "node:readline"
import type { QueryResult, Sample } from "../../../packages/promql/src/engine/engine.ts"
import type { FloatHistogram, ResetHint } from "../../../packages/promql/src/histogram/float-histogram.ts"
import { Labels } from "../../../packages/promql/src/labels.ts"
import { toNumber, type Answer, type Loaded } from "../../../packages/promql/src/promqltest/index.ts"
import { goProgram } from "../go-program.ts"

/** One evaluation, at `start` or at the steps from it; times in Unix milliseconds. */
export interface Question {
  readonly query: string
  readonly start: number
  readonly end?: number
  readonly step?: number
  readonly delayedNameRemoval?: boolean
}

interface JsonHistogram {
  readonly schema: number
  readonly zeroThreshold: string
  readonly zeroCount: string
  readonly count: string
  readonly sum: string
  readonly positive: readonly (readonly [index: string, count: string])[]
  readonly negative: readonly (readonly [index: string, count: string])[]
  readonly customBounds: readonly string[]
  readonly resetHint: ResetHint
}

/** What `programs/promql` answers: see there. */
interface Response {
  readonly type: "done" | "error" | QueryResult["type"]
  readonly error?: string
  readonly parsed?: boolean
  readonly text?: string
  readonly series?: readonly {
    readonly labels: Readonly<Record<string, string>> | null
    readonly samples: readonly { readonly time: number; readonly float?: string; readonly histogram?: JsonHistogram }[]
  }[]
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

/** The engine of Prometheus 3, in a process of its own that answers in order. */
export class Judge {
  readonly #child: ChildProcess
  readonly #waiting: { resolve(response: Response): void; reject(reason: Error): void }[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new TypeError("the judge's answers come by a pipe")
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Response)
    })
    child.once("exit", (code) => {
      for (const waiting of this.#waiting.splice(0))
        waiting.reject(new Error(`the judge ended with exit code ${String(code)}`))
    })
  }

  static async start(print: (line: string) => void): Promise<Judge> {
    const program = await goProgram("promql", print)
    return new Judge(spawn(program, { stdio: ["pipe", "pipe", "inherit"] }))
  }

  /** Forgets all samples. */
  async clear(): Promise<void> {
    await this.#ask({ clear: true })
  }

  async load(series: readonly Loaded[]): Promise<void> {
    // In the order in which ours has them: of equals, the first one may be the one that counts.
    const load = [...series]
      .sort((a, b) => (a.labels.key < b.labels.key ? -1 : 1))
      .map(({ labels, samples }) => ({
        labels: labels.toRecord(),
        samples: samples.map(([time, value]) =>
          typeof value === "object" ? { time, histogram: written(value) } : { time, float: floatText(value) },
        ),
      }))
    const { error } = await this.#ask({ load })
    if (error !== undefined) throw new Error(`Prometheus takes no such sample: ${error}`)
  }

  async ask(question: Question): Promise<Answer> {
    return read(await this.#ask(question))
  }

  close(): void {
    this.#child.stdin?.end()
  }

  #ask(request: object): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    })
  }
}

function read({ type, error, parsed, text = "", series = [], warnings = [], infos = [] }: Response): Answer {
  const told = { warnings, infos }
  const all = series.map(({ labels, samples }) => ({
    labels: Labels.from(labels ?? {}),
    samples: samples.map(({ time, float, histogram }): Sample => [
      time,
      histogram === undefined ? toNumber(float ?? "NaN") : readHistogram(histogram),
    ]),
  }))
  const [only] = all
  switch (type) {
    case "string":
      return { type, time: 0, value: text, ...told }
    case "scalar":
      return { type, sample: only?.samples[0] ?? [0, Number.NaN], ...told }
    case "vector":
      return {
        type,
        series: all.map(({ labels, samples }) => ({ labels, sample: samples[0] ?? [0, Number.NaN] })),
        ...told,
      }
    case "matrix":
      // Floats come before histograms.
      return {
        type,
        series: all.map(({ labels, samples }) => ({ labels, samples: samples.sort(([a], [b]) => a - b) })),
        ...told,
      }
    default:
      return { type: "error", kind: parsed === true ? "execution" : "parse", message: error ?? "" }
  }
}

const floatText = (value: number | "stale"): string =>
  Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "Inf")

function readHistogram(json: JsonHistogram): FloatHistogram {
  const side = (buckets: JsonHistogram["positive"]) => ({
    indexes: buckets.map(([index]) => Number(index)),
    counts: buckets.map(([, count]) => toNumber(count)),
  })
  return {
    schema: json.schema,
    zeroThreshold: toNumber(json.zeroThreshold),
    zeroCount: toNumber(json.zeroCount),
    count: toNumber(json.count),
    sum: toNumber(json.sum),
    positive: side(json.positive),
    negative: side(json.negative),
    customBounds: json.customBounds.map(toNumber),
    resetHint: json.resetHint,
  }
}

function written(histogram: FloatHistogram): JsonHistogram {
  const side = ({ indexes, counts }: FloatHistogram["positive"]) =>
    indexes.map((index, at) => [String(index), floatText(counts[at] ?? 0)] as const)
  return {
    schema: histogram.schema,
    zeroThreshold: floatText(histogram.zeroThreshold),
    zeroCount: floatText(histogram.zeroCount),
    count: floatText(histogram.count),
    sum: floatText(histogram.sum),
    positive: side(histogram.positive),
    negative: side(histogram.negative),
    customBounds: histogram.customBounds.map(floatText),
    resetHint: histogram.resetHint,
  }
}
