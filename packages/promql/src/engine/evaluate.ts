import { negate } from "../histogram/arithmetic.ts"
import { absentLabels, absentWhere } from "./absent.ts"
import { aggregator } from "./aggregate.ts"
import { binary } from "./binary/binary.ts"
import type { SelectingContext } from "./call-context.ts"
import { onGrid, type Evaluation, type Sink } from "./evaluation.ts"
import { absent, copyStep, emptyColumn, float, scalarOf, vectorOf, type Column, type Value } from "./grid.ts"
import { instantFunctions } from "./instant-functions.ts"
import { selectInstant, selectValues } from "./instant-selector.ts"
import { merged, unnamed, unnamedColumn } from "./names.ts"
import { correspondingStarts } from "./corresponding-starts.ts"
import { referenceOf } from "./plan-reference.ts"
import { perSample, mapFloats } from "./per-sample.ts"
import {
  type AggregationPlan,
  type CallPlan,
  type Plan,
  type RangePlan,
  type SelectorPlan,
  type SubqueryPlan,
} from "./plan.ts"
import { isSelector } from "./planner.ts"
import { PromqlError } from "./query-error.ts"
import { callOverRange } from "./range/range-call.ts"

/** The value of a part of a query at all steps of the grid. Ranges are none: they only are arguments. */
export function evaluate(evaluation: Evaluation, plan: Plan): Value {
  if (!evaluation.shared.has(plan.id)) return compute(evaluation, plan)
  const { annotations, kept } = evaluation
  const known = kept.get(plan.id)
  if (known !== undefined) {
    if (known.told.length > 0) annotations.repeat(known.told, correspondingStarts(known.expr, plan.expr))
    return known.value
  }
  const { value, told } = annotations.during(() => compute(evaluation, plan))
  kept.set(plan.id, { value, expr: plan.expr, told })
  return value
}

function compute(evaluation: Evaluation, plan: Plan): Value {
  const { grid } = evaluation
  switch (plan.kind) {
    case "constant":
      return { kind: "scalar", values: new Float64Array(grid.count).fill(plan.value) }
    case "string":
      return { kind: "string", value: plan.expr.value }
    case "selector":
      return collected((sink) => selectValues(evaluation, plan, false, sink))
    case "negation":
      return negated(evaluate(evaluation, plan.of), evaluation)
    case "invariant":
      return once(evaluation, plan.of)
    case "binary":
      return binary(plan.expr, evaluate(evaluation, plan.left), evaluate(evaluation, plan.right), evaluation)
    case "aggregation":
      return { kind: "vector", columns: aggregated(evaluation, plan) }
    case "call":
      return call(evaluation, plan)
    case "range":
    case "subquery":
      throw new PromqlError("execution", "a range vector can only be the argument of a function")
  }
}

function collected(run: (sink: Sink) => void): Value {
  const columns: Column[] = []
  run((column) => columns.push(column))
  return { kind: "vector", columns }
}

/** What is the same at all steps, evaluated at the first one. */
function once(evaluation: Evaluation, plan: Plan): Value {
  const { grid } = evaluation
  if (grid.count === 1) return evaluate(evaluation, plan)
  const value = evaluate(onGrid(evaluation, { ...grid, count: 1 }), plan)
  if (value.kind === "string") return value
  if (value.kind === "scalar")
    return { kind: "scalar", values: new Float64Array(grid.count).fill(value.values[0] ?? Number.NaN) }
  evaluation.spend(value.columns.length * grid.count)
  return { kind: "vector", columns: value.columns.map((column) => spread(column, grid.count)) }
}

function spread(column: Column, count: number): Column {
  const wide: Column = { ...emptyColumn(column.labels, count), nameless: column.nameless ?? false }
  if (column.present[0] === absent) return wide
  wide.present.fill(column.present[0] ?? absent)
  wide.values.fill(column.values[0] ?? Number.NaN)
  const [histogram] = column.histograms ?? []
  if (histogram !== undefined) wide.histograms = Array.from({ length: count }, () => histogram)
  return wide
}

function negated(value: Value, evaluation: Evaluation): Value {
  if (value.kind === "string") return value
  if (value.kind === "scalar") return { kind: "scalar", values: value.values.map((number) => -number) }
  const columns = value.columns.map((column): Column => {
    const { values, present, histograms } = column
    const result = { ...unnamed(column, evaluation), values: values.map((number) => -number), present }
    return histograms === undefined ? result : { ...result, histograms: histograms.map((one) => one && negate(one)) }
  })
  return { kind: "vector", columns: merged(columns) }
}

function aggregated(evaluation: Evaluation, plan: AggregationPlan): Column[] {
  const parameter = plan.parameter && evaluate(evaluation, plan.parameter)
  const group = aggregator(plan.expr, parameter, evaluation)
  stream(evaluation, plan.of, !group.keeps, (column) => group.add(column))
  return group.finish()
}

/** The columns of a vector one by one, where they can be, so that not all of them have to be there at the same time. */
function stream(evaluation: Evaluation, plan: Plan, reuse: boolean, sink: Sink): void {
  const kept = evaluation.shared.has(plan.id)
  if (!kept && plan.kind === "selector") return selectValues(evaluation, plan, reuse, sink)
  if (!kept && plan.kind === "call") {
    const range = rangeAmong(plan)
    const distinct = range !== undefined && (evaluation.delayedNameRemoval || distinctWithoutName(range))
    if (distinct && plan.expr.name !== "absent_over_time")
      return callOverRange(evaluation, plan, range, scalars(evaluation, plan), reuse, sink)
  }
  for (const column of vectorOf(evaluate(evaluation, plan))) sink(column)
}

const rangeAmong = ({ args }: CallPlan): RangePlan | SubqueryPlan | undefined =>
  args.find((arg): arg is RangePlan | SubqueryPlan => arg.kind === "range" || arg.kind === "subquery")

/** Whether series that differ, differ in more than their name. */
const distinctWithoutName = (range: RangePlan | SubqueryPlan): boolean =>
  range.kind === "range" && range.selector.matchers.some(({ label, op }) => label === "__name__" && op === "=")

/** The arguments that are scalars, in their order. */
const scalars = (evaluation: Evaluation, { args }: CallPlan): Float64Array[] =>
  args.filter((arg) => arg.expr.type === "scalar").map((arg) => scalarOf(evaluate(evaluation, arg), evaluation.grid))

function call(evaluation: Evaluation, plan: CallPlan): Value {
  const { expr, args } = plan
  const range = rangeAmong(plan)
  if (range !== undefined) return overRange(evaluation, plan, range)
  const [first] = args
  if (expr.name === "timestamp" && first?.kind === "selector" && isSelector(expr.args[0]))
    return timesOf(evaluation, first)
  // Which labels `info` adds is written like a selector, which is none.
  const operands = expr.name === "info" ? args.slice(0, 1) : args
  const values = operands.map((arg) => evaluate(evaluation, arg))
  const map = perSample(expr, values, evaluation)
  if (map !== undefined) return { kind: "vector", columns: merged(mapFloats(vectorOf(values[0]), map)) }
  const compute = instantFunctions.get(expr.name)
  if (compute === undefined) throw new PromqlError("execution", `unknown function ${expr.name}`)
  const value = compute(expr, values, selecting(evaluation, first))
  return value.kind === "vector" ? { kind: "vector", columns: merged(value.columns) } : value
}

/** What a function may look up: `info` looks where the selectors of its argument do; without any, at the evaluated times. */
function selecting(evaluation: Evaluation, of: Plan | undefined): SelectingContext {
  return {
    ...evaluation,
    select(matchers, wanted) {
      const reference = (of && referenceOf(of)) ?? { at: undefined, offset: 0 }
      const columns: Column[] = []
      selectInstant(evaluation, { matchers, ...reference }, { of: wanted }, (column) => columns.push(column))
      return columns
    },
  }
}

function overRange(evaluation: Evaluation, plan: CallPlan, range: RangePlan | SubqueryPlan): Value {
  const columns: Column[] = []
  callOverRange(evaluation, plan, range, scalars(evaluation, plan), false, (column) => columns.push(column))
  if (plan.expr.name === "absent_over_time")
    return { kind: "vector", columns: absentWhere(absentLabels(range.expr), columns, evaluation.grid.count) }
  return { kind: "vector", columns: merged(columns) }
}

/** `timestamp` of a selector: when its samples are from. */
function timesOf(evaluation: Evaluation, selector: SelectorPlan): Value {
  const columns: Column[] = []
  selectInstant(evaluation, selector, { of: "time" }, (column) => {
    const result = unnamedColumn(column, evaluation)
    for (let step = 0; step < column.values.length; step += 1) {
      if (column.present[step] !== float) continue
      copyStep(result, column, step)
      result.values[step] = (column.values[step] ?? Number.NaN) / 1000
    }
    columns.push(result)
  })
  return { kind: "vector", columns: merged(columns) }
}
