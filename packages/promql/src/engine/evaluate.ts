import { Labels } from "../labels.ts"
import type { Call, Expr, MatrixSelector, Modifiers, Subquery, VectorSelector } from "../parser/ast.ts"
import { isStale } from "../storage/stale.ts"
import type { Storage } from "../storage/storage.ts"
import { absentLabels, absentWhere } from "./absent.ts"
import { aggregator } from "./aggregate.ts"
import { binary } from "./binary.ts"
import type { CallContext } from "./call-context.ts"
import { emptyColumn, has, put, timeAt, vectorOf, type Column, type Grid, type Value } from "./grid.ts"
import { instantFunction } from "./instant-functions.ts"
import { PromqlError } from "./query-error.ts"
import { rangeFunctions } from "./range-functions.ts"

/** What evaluating one query needs; `grid` changes inside subqueries and under `@`. */
export interface Evaluation extends CallContext {
  readonly queryStart: number
  readonly queryEnd: number
  readonly lookback: number
  readonly defaultStep: number
  readonly storage: Storage
}

/** Evaluates a node at all steps of the grid. Matrix nodes only appear as arguments: see `readRange`. */
export function evaluate(evaluation: Evaluation, expr: Expr): Value {
  const { grid } = evaluation
  evaluation.spend(grid.count)
  switch (expr.kind) {
    case "number":
      return { kind: "scalar", values: new Float64Array(grid.count).fill(expr.value) }
    case "string":
      return { kind: "string", value: expr.value }
    case "paren":
      return evaluate(evaluation, expr.expr)
    case "selector":
      return { kind: "vector", columns: select(evaluation, expr) }
    case "unary":
      return negate(evaluate(evaluation, expr.expr), expr.op)
    case "binary":
      return binary(expr, evaluate(evaluation, expr.left), evaluate(evaluation, expr.right), grid.count)
    case "aggregation": {
      const parameter = expr.parameter === undefined ? undefined : evaluate(evaluation, expr.parameter)
      const group = aggregator(expr, parameter, evaluation)
      for (const column of vectorOf(evaluate(evaluation, expr.expr))) group.add(column)
      return { kind: "vector", columns: group.finish() }
    }
    case "call":
      return call(evaluation, expr)
    case "range":
    case "subquery":
      throw new PromqlError("execution", "a range vector can only be the argument of a function")
  }
}

function negate(value: Value, op: "+" | "-"): Value {
  if (op === "+" || value.kind === "string") return value
  if (value.kind === "scalar") return { kind: "scalar", values: value.values.map((number) => -number) }
  return {
    kind: "vector",
    columns: value.columns.map((column) => ({
      ...column,
      labels: column.labels.drop(["__name__"]),
      values: column.values.map((number) => -number),
    })),
  }
}

/** The latest sample within the look-back before each step; none after a stale marker. Windows are left-open (Prometheus 3). */
function select(evaluation: Evaluation, selector: VectorSelector, of: "value" | "time" = "value"): Column[] {
  const pin = pinnedTime(evaluation, selector)
  const grid = pin === undefined ? evaluation.grid : { start: pin, step: 1, count: 1 }
  const from = grid.start - selector.offset - evaluation.lookback
  const to = timeAt(grid, grid.count - 1) - selector.offset
  const columns: Column[] = []
  for (const { labels, read } of evaluation.storage.select(selector.matchers, from, to)) {
    const { times, values } = read()
    evaluation.spend(times.length)
    const column = emptyColumn(labels, grid.count)
    let next = 0
    for (let step = 0; step < grid.count; step += 1) {
      const time = timeAt(grid, step) - selector.offset
      while (next < times.length && (times[next] ?? 0) <= time) next += 1
      const last = next - 1
      if (last >= 0 && (times[last] ?? 0) > time - evaluation.lookback && !isStale(values, last))
        put(column, step, (of === "time" ? (times[last] ?? 0) / 1000 : values[last]) ?? Number.NaN)
    }
    if (has(column)) columns.push(column)
  }
  return pin === undefined ? columns : columns.map((column) => spread(column, evaluation.grid.count))
}

function spread(column: Column, count: number): Column {
  const wide = emptyColumn(column.labels, count)
  if (column.present[0]) {
    wide.present.fill(1)
    wide.values.fill(column.values[0] ?? Number.NaN)
  }
  return wide
}

function pinnedTime(evaluation: Evaluation, { at }: Modifiers): number | undefined {
  return at === "start" ? evaluation.queryStart : at === "end" ? evaluation.queryEnd : at
}

export interface RangeRead {
  readonly series: readonly { readonly labels: Labels; readonly times: Float64Array; readonly values: Float64Array }[]
  /** The window `(from, to]` of a step's time. */
  readonly window: (time: number) => readonly [from: number, to: number]
}

/** The raw samples behind a range selector or subquery, enough for all steps of the grid. */
export function readRange(evaluation: Evaluation, expr: MatrixSelector | Subquery): RangeRead {
  const modifiers = expr.kind === "range" ? expr.selector : expr
  const pin = pinnedTime(evaluation, modifiers)
  const window = (time: number) => {
    const to = (pin ?? time) - modifiers.offset
    return [to - expr.range, to] as const
  }
  const [from] = window(evaluation.grid.start)
  const [, to] = window(timeAt(evaluation.grid, evaluation.grid.count - 1))
  if (expr.kind === "range") {
    const series = evaluation.storage
      .select(expr.selector.matchers, from, to)
      .map(({ labels, read }) => ({ labels, ...read() }))
    for (const { times } of series) evaluation.spend(times.length)
    return { series, window }
  }
  const step = expr.step ?? evaluation.defaultStep
  // Steps of a subquery lie on multiples of its step, whatever the query's own times are.
  const first = (Math.floor(from / step) + 1) * step
  const grid: Grid = { start: first, step, count: Math.max(0, Math.floor((to - first) / step) + 1) }
  const value = evaluate({ ...evaluation, grid }, expr.expr)
  const columns = value.kind === "vector" ? value.columns : []
  return {
    window,
    series: columns.map(({ labels, values, present }) => {
      const indexes = [...present.keys()].filter((index) => present[index])
      return {
        labels,
        times: Float64Array.from(indexes, (index) => timeAt(grid, index)),
        values: Float64Array.from(indexes, (index) => values[index] ?? Number.NaN),
      }
    }),
  }
}

function call(evaluation: Evaluation, expr: Call): Value {
  const [first] = expr.args
  const selector = expr.name === "timestamp" && first !== undefined ? unwrapSelector(first) : undefined
  if (selector !== undefined) {
    const columns = select(evaluation, selector, "time")
    return {
      kind: "vector",
      columns: columns.map((column) => ({ ...column, labels: column.labels.drop(["__name__"]) })),
    }
  }
  const range = expr.args.map(unwrapRange).find((arg) => arg !== undefined)
  if (range === undefined) {
    return instantFunction(
      expr,
      expr.args.map((arg) => evaluate(evaluation, arg)),
      evaluation.grid,
    )
  }
  const parameterArg = expr.args.find((arg) => arg.type === "scalar")
  const parameter = parameterArg === undefined ? undefined : evaluate(evaluation, parameterArg)
  const columns = overWindows(evaluation, expr.name, range, parameter?.kind === "scalar" ? parameter.values : undefined)
  return {
    kind: "vector",
    columns:
      expr.name === "absent_over_time"
        ? absentWhere(
            range.kind === "range" ? absentLabels(range.selector) : Labels.empty,
            columns,
            evaluation.grid.count,
          )
        : columns,
  }
}

const unwrapSelector = (expr: Expr): VectorSelector | undefined =>
  expr.kind === "paren" ? unwrapSelector(expr.expr) : expr.kind === "selector" ? expr : undefined

const unwrapRange = (expr: Expr): MatrixSelector | Subquery | undefined =>
  expr.kind === "paren" ? unwrapRange(expr.expr) : expr.kind === "range" || expr.kind === "subquery" ? expr : undefined

function overWindows(
  evaluation: Evaluation,
  name: string,
  expr: MatrixSelector | Subquery,
  parameter: Float64Array | undefined,
): Column[] {
  const compute = rangeFunctions.get(name)
  if (compute === undefined) throw new PromqlError("execution", `function ${name} does not take a range vector`)
  const { grid } = evaluation
  const { series, window } = readRange(evaluation, expr)
  const columns: Column[] = []
  for (const raw of series) {
    const { times, values } = withoutStale(raw)
    const column = emptyColumn(name === "last_over_time" ? raw.labels : raw.labels.drop(["__name__"]), grid.count)
    // Both borders only move forward with the steps.
    let first = 0
    let last = 0
    for (let step = 0; step < grid.count; step += 1) {
      const now = timeAt(grid, step)
      const [from, to] = window(now)
      while (last < times.length && (times[last] ?? 0) <= to) last += 1
      while (first < last && (times[first] ?? 0) <= from) first += 1
      if (first === last) continue
      const result = compute({ times, values, first, last, from, to, now }, parameter?.[step] ?? Number.NaN)
      if (result !== undefined) put(column, step, result)
    }
    if (has(column)) columns.push(column)
  }
  return columns
}

function withoutStale(series: { readonly times: Float64Array; readonly values: Float64Array }): {
  times: Float64Array
  values: Float64Array
} {
  const keep = [...series.times.keys()].filter((index) => !isStale(series.values, index))
  if (keep.length === series.times.length) return series
  return {
    times: Float64Array.from(keep, (index) => series.times[index] ?? 0),
    values: Float64Array.from(keep, (index) => series.values[index] ?? 0),
  }
}
