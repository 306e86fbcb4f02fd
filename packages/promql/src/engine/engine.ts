import { Labels } from "../labels.ts"
import type { Expr, Matcher } from "../parser/ast.ts"
import { parse } from "../parser/parser.ts"
import { typeName } from "../parser/words.ts"
import type { Storage } from "../storage/storage.ts"
import { Annotations } from "./annotations.ts"
import { evaluate } from "./evaluate.ts"
import type { Evaluation } from "./evaluation.ts"
import { fullColumn, type Grid, type Value } from "./grid.ts"
import { matrixOf, samplesAt } from "./matrix.ts"
import { withoutNames } from "./names.ts"
import { selectedAgain, sharedParts } from "./plan-parts.ts"
import type { Plan } from "./plan.ts"
import { plan } from "./planner.ts"
import { PromqlError } from "./query-error.ts"
import type { QueryResult, QueryValue } from "./result.ts"
import { Selections } from "./selected.ts"
import { compareLabels } from "./sorting.ts"

export type { QueryResult, QueryValue, Sample } from "./result.ts"

export interface EngineOptions {
  /** How long a sample is good for an instant selector, in milliseconds. Default: 5 minutes. */
  readonly lookback?: number
  /** Step of subqueries without one, in milliseconds. Default: 1 minute. */
  readonly defaultStep?: number
  /** Samples that one query may read and produce. Default: 50 million. */
  readonly maxSamples?: number
  /** Series that one query may select. Default: no limit. */
  readonly maxSeries?: number
  /** Steps that a range query may have. Default: no limit. */
  readonly maxPoints?: number
  /** The metric's name goes at the end of a query, not in each operation that makes it meaningless. Default: false. */
  readonly delayedNameRemoval?: boolean
  /** Functions, modifiers and names that Prometheus has behind a flag. Default: false. */
  readonly experimental?: boolean
}

/** Evaluates queries over a storage: parse, then all steps of each part together, column by column. */
export class Engine {
  readonly #storage: Storage
  readonly #options: Required<EngineOptions>

  constructor(storage: Storage, options: EngineOptions = {}) {
    this.#storage = storage
    this.#options = {
      lookback: 300_000,
      defaultStep: 60_000,
      maxSamples: 50_000_000,
      maxSeries: Number.POSITIVE_INFINITY,
      maxPoints: Number.POSITIVE_INFINITY,
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
   *
   * @example engine.instant("sum by (job) (rate(http_requests_total[5m]))", Date.now())
   */
  instant(query: string, time: number, expired?: () => boolean): QueryResult {
    const expr = this.#parse(query)
    const root = this.#plan(expr, time, time, 0)
    const annotations = new Annotations(query)
    const evaluation = this.#begin(root, { start: time, step: 1, count: 1 }, annotations, expired)
    const value =
      root.kind === "range" || root.kind === "subquery"
        ? { type: "matrix" as const, series: matrixOf(evaluation, root).sort(byLabels) }
        : atOneTime(evaluate(evaluation, root), evaluation.grid)
    return { ...value, warnings: annotations.warnings, infos: annotations.infos }
  }

  /**
   * The values at `start`, `start + step`, … up to `end` (Unix milliseconds); scalars become one series without labels. Throws
   * PromqlParseError, PromqlError.
   */
  range(
    query: string,
    start: number,
    end: number,
    step: number,
    expired?: () => boolean,
  ): Extract<QueryResult, { type: "matrix" }> {
    const expr = this.#parse(query)
    if (expr.type !== "vector" && expr.type !== "scalar") {
      throw new PromqlError(
        "bad_data",
        `invalid expression type "${typeName(expr.type)}" for range query, must be Scalar or instant Vector`,
      )
    }
    if (!(step > 0))
      throw new PromqlError(
        "bad_data",
        "zero or negative query resolution step widths are not accepted. Try a positive integer",
      )
    const grid: Grid = { start, step, count: Math.max(0, Math.floor((end - start) / step) + 1) }
    const { maxPoints } = this.#options
    if (grid.count > maxPoints + 1)
      throw new PromqlError(
        "bad_data",
        `exceeded maximum resolution of ${maxPoints.toLocaleString("en-US")} points per timeseries. Try decreasing the query resolution (?step=XX)`,
      )
    const root = this.#plan(expr, start, end, step)
    const annotations = new Annotations(query)
    const value = grid.count === 0 ? nothing : evaluate(this.#begin(root, grid, annotations, expired), root)
    const columns =
      value.kind === "scalar"
        ? [fullColumn(Labels.empty, value.values)]
        : value.kind === "vector"
          ? withoutNames(value.columns)
          : []
    const series = columns.flatMap((column) => {
      const samples = samplesAt(column, grid)
      return samples.length === 0 ? [] : [{ labels: column.labels, samples }]
    })
    return {
      type: "matrix",
      series: series.sort(byLabels),
      warnings: annotations.warnings,
      infos: annotations.infos,
    }
  }

  #parse(query: string): Expr {
    return parse(query, { experimental: this.#options.experimental })
  }

  #plan(expr: Expr, start: number, end: number, step: number): Plan {
    return plan(expr, { start, end, step, defaultStep: this.#options.defaultStep })
  }

  #begin(root: Plan, grid: Grid, annotations: Annotations, expired: (() => boolean) | undefined): Evaluation {
    const { lookback, delayedNameRemoval, maxSamples, maxSeries } = this.#options
    const budget = new Budget(maxSamples, maxSeries, expired)
    const spend = (samples: number): void => {
      budget.spend(samples)
    }
    const storage: Storage = {
      select: (matchers: readonly Matcher[], from, to) => {
        const series = this.#storage.select(matchers, from, to)
        budget.spendSeries(series.length)
        return series
      },
    }
    spend(grid.count)
    return {
      grid,
      annotations,
      delayedNameRemoval,
      spend,
      lookback,
      evaluate,
      selections: new Selections(storage, spend),
      selectedAgain: selectedAgain(root),
      shared: sharedParts(root),
      kept: new Map(),
    }
  }
}

const nothing: Value = { kind: "vector", columns: [] }

const byLabels = (a: { readonly labels: Labels }, b: { readonly labels: Labels }): number =>
  compareLabels(a.labels, b.labels)

function atOneTime(value: Value, grid: Grid): QueryValue {
  switch (value.kind) {
    case "string":
      return { type: "string", time: grid.start, value: value.value }
    case "scalar":
      return { type: "scalar", sample: [grid.start, value.values[0] ?? Number.NaN] }
    case "vector":
      return {
        type: "vector",
        series: withoutNames(value.columns).flatMap((column) => {
          const [sample] = samplesAt(column, grid)
          return sample === undefined ? [] : [{ labels: column.labels, sample }]
        }),
      }
  }
}

/** What one query may cost. */
class Budget {
  readonly #maxSamples: number
  readonly #maxSeries: number
  readonly #expired: (() => boolean) | undefined
  #samples = 0
  #series = 0

  constructor(maxSamples: number, maxSeries: number, expired: (() => boolean) | undefined) {
    this.#maxSamples = maxSamples
    this.#maxSeries = maxSeries
    this.#expired = expired
  }

  spend(samples: number): void {
    this.#samples += samples
    if (this.#samples > this.#maxSamples)
      throw new PromqlError("execution", "query processing would load too many samples into memory in query execution")
    if (this.#expired?.()) throw new PromqlError("timeout", "query timed out in expression evaluation")
  }

  spendSeries(series: number): void {
    this.#series += series
    if (this.#series > this.#maxSeries)
      throw new PromqlError("execution", "query processing would select too many series in query execution")
  }
}
