import type { Expr } from "../parser/ast.ts"
import { parse } from "../parser/parser.ts"
import { isStale } from "../storage/stale.ts"
import type { Storage } from "../storage/storage.ts"
import { evaluate, readRange, type Evaluation } from "./evaluate.ts"
import { timeAt, type Grid } from "./grid.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import { Annotations } from "./annotations.ts"
import { PromqlError } from "./query-error.ts"
import { Labels } from "../labels.ts"

/** Samples as `[Unix milliseconds, value]`. */
export type Sample = readonly [time: number, value: number | FloatHistogram]

/** What is to be told with an answer, as Prometheus words it, with prefix and position. */
export interface Told {
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

export type QueryResult = QueryValue & Told

export type QueryValue =
  | { readonly type: "scalar"; readonly sample: Sample }
  | { readonly type: "string"; readonly time: number; readonly value: string }
  | { readonly type: "vector"; readonly series: readonly { readonly labels: Labels; readonly sample: Sample }[] }
  | {
      readonly type: "matrix"
      readonly series: readonly { readonly labels: Labels; readonly samples: readonly Sample[] }[]
    }

export interface EngineOptions {
  /** How long a sample is good for an instant selector, in milliseconds. */
  readonly lookback?: number
  /** Step of subqueries without one, in milliseconds. */
  readonly defaultStep?: number
  /** Samples that one query may read or produce. */
  readonly maxSamples?: number
  /** The metric's name goes at the end of a query, not in each operation that makes it meaningless. Default: false. */
  readonly delayedNameRemoval?: boolean
  /** Functions and modifiers that Prometheus has behind a flag. Default: false. */
  readonly experimental?: boolean
}

/** Evaluates queries over a storage: parse, then all steps of each node together, column by column. */
export class Engine {
  readonly #storage: Storage
  readonly #options: Required<EngineOptions>

  constructor(storage: Storage, options: EngineOptions = {}) {
    this.#storage = storage
    this.#options = {
      lookback: 300_000,
      defaultStep: 60_000,
      maxSamples: 50_000_000,
      delayedNameRemoval: false,
      experimental: false,
      ...options,
    }
  }

  /** Milliseconds. */
  get lookback(): number {
    return this.#options.lookback
  }

  get maxSamples(): number {
    return this.#options.maxSamples
  }

  /**
   * The value at one time (Unix milliseconds). `expired` is asked again and again while it is computed; once it holds, the
   * query ends. Throws PromqlParseError, PromqlError.
   */
  instant(query: string, time: number, expired?: () => boolean): QueryResult {
    const annotations = new Annotations(query)
    const value = this.#instant(query, time, annotations, expired)
    return { ...value, warnings: annotations.warnings, infos: annotations.infos }
  }

  #instant(query: string, time: number, annotations: Annotations, expired?: () => boolean): QueryValue {
    const expr = parse(query)
    const evaluation = this.#begin({ start: time, step: 1, count: 1 }, annotations, expired)
    if (expr.type === "matrix") {
      const ranges = readRange(evaluation, unwrap(expr))
      return {
        type: "matrix",
        series: ranges.series.flatMap(({ labels, times, values }) => {
          const samples: Sample[] = []
          times.forEach((at, index) => {
            const [from, to] = ranges.window(time)
            if (at > from && at <= to && !isStale(values, index)) samples.push([at, values[index] ?? Number.NaN])
          })
          return samples.length === 0 ? [] : [{ labels, samples }]
        }),
      }
    }
    const value = evaluate(evaluation, expr)
    switch (value.kind) {
      case "string":
        return { type: "string", time, value: value.value }
      case "scalar":
        return { type: "scalar", sample: [time, value.values[0] ?? Number.NaN] }
      case "vector":
        return {
          type: "vector",
          series: value.columns.flatMap(({ labels, values, present }) =>
            present[0] ? [{ labels, sample: [time, values[0] ?? Number.NaN] as const }] : [],
          ),
        }
    }
  }

  /** The values at `start`, `start + step`, … up to `end` (Unix milliseconds); scalars become one series without labels. */
  range(
    query: string,
    start: number,
    end: number,
    step: number,
    expired?: () => boolean,
  ): Extract<QueryResult, { type: "matrix" }> {
    const expr = parse(query)
    if (expr.type !== "vector" && expr.type !== "scalar") {
      throw new PromqlError(
        "bad_data",
        `invalid expression type "${expr.type === "matrix" ? "range vector" : expr.type}" for range query, must be Scalar or instant Vector`,
      )
    }
    const grid: Grid = { start, step, count: Math.floor((end - start) / step) + 1 }
    const annotations = new Annotations(query)
    const value = evaluate(this.#begin(grid, annotations, expired), expr)
    if (value.kind === "string") return { type: "matrix", series: [], warnings: [], infos: [] }
    const columns =
      value.kind === "vector"
        ? value.columns
        : [{ labels: Labels.empty, values: value.values, present: new Uint8Array(grid.count).fill(1) }]
    const series = columns.flatMap(({ labels, values, present }) => {
      const samples: Sample[] = []
      values.forEach((sample, index) => {
        if (present[index]) samples.push([timeAt(grid, index), sample])
      })
      return samples.length === 0 ? [] : [{ labels, samples }]
    })
    return {
      type: "matrix",
      series: series.sort((a, b) => (a.labels.key < b.labels.key ? -1 : 1)),
      warnings: annotations.warnings,
      infos: annotations.infos,
    }
  }

  #begin(grid: Grid, annotations: Annotations, expired: (() => boolean) | undefined): Evaluation {
    let samples = 0
    return {
      grid,
      queryStart: grid.start,
      queryEnd: timeAt(grid, grid.count - 1),
      lookback: this.#options.lookback,
      defaultStep: this.#options.defaultStep,
      storage: this.#storage,
      annotations,
      delayedNameRemoval: this.#options.delayedNameRemoval,
      spend: (more) => {
        samples += more
        if (samples > this.#options.maxSamples) {
          throw new PromqlError(
            "execution",
            "query processing would load too many samples into memory in query execution",
          )
        }
        if (expired?.()) throw new PromqlError("timeout", "query timed out in expression evaluation")
      },
    }
  }
}

function unwrap(expr: Expr): Extract<Expr, { kind: "range" | "subquery" }> {
  if (expr.kind === "paren") return unwrap(expr.expr)
  if (expr.kind === "range" || expr.kind === "subquery") return expr
  throw new PromqlError("execution", "a range vector is a range selector or a subquery")
}
