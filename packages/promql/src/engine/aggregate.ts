import { CompensatedSum } from "../compensated-sum.ts"
import type { Labels } from "../labels.ts"
import type { Aggregation } from "../parser/ast.ts"
import { formatValue } from "../format.ts"
import type { Aggregator, CallContext } from "./call-context.ts"
import { emptyColumn, has, put, type Column, type Value } from "./grid.ts"
import { PromqlError } from "./query-error.ts"
import { quantile } from "./range-functions.ts"

/** An aggregation that is given its columns one by one. `parameter` is the value of `topk`, `quantile` and the like. */
export function aggregator(expr: Aggregation, parameter: Value | undefined, context: CallContext): Aggregator {
  const columns: Column[] = []
  return {
    keeps: true,
    add: (column) => columns.push(column),
    finish: () => aggregate(expr, columns, parameter, context.grid.count),
  }
}

/** `by` and `without` groups, then the operator per group and step. */
function aggregate(
  expr: Aggregation,
  columns: readonly Column[],
  parameter: Value | undefined,
  count: number,
): Column[] {
  const labelsOf = (labels: Labels): Labels =>
    expr.without ? labels.drop(["__name__", ...expr.labels]) : labels.keep(expr.labels)
  if (expr.op === "count_values") return countValues(columns, parameter, count, labelsOf)
  const groups = new Map<string, { labels: Labels; members: Column[] }>()
  for (const column of columns) {
    const labels = labelsOf(column.labels)
    const group = groups.get(labels.key)
    if (group) group.members.push(column)
    else groups.set(labels.key, { labels, members: [column] })
  }
  const scalar = parameter?.kind === "scalar" ? parameter.values : undefined
  if (expr.op === "topk" || expr.op === "bottomk")
    return [...groups.values()].flatMap(({ members }) => ranked(members, scalar, count, expr.op === "topk"))
  const reduce = reducers[expr.op]
  if (reduce === undefined) throw new PromqlError("execution", `unknown aggregation ${expr.op}`)
  return [...groups.values()]
    .map(({ labels, members }) => {
      const result = emptyColumn(labels, count)
      for (let step = 0; step < count; step += 1) {
        const values = members.flatMap(({ values: all, present }) => (present[step] ? [all[step] ?? Number.NaN] : []))
        if (values.length > 0) put(result, step, reduce(values, scalar?.[step] ?? Number.NaN))
      }
      return result
    })
    .filter(has)
}

const sum = (values: readonly number[]): number => {
  const total = new CompensatedSum()
  for (const value of values) total.add(value)
  return total.value
}
const variance = (values: readonly number[]): number => {
  const mean = sum(values) / values.length
  return sum(values.map((value) => (value - mean) ** 2)) / values.length
}
const reducers: Readonly<Record<string, (values: number[], parameter: number) => number>> = {
  sum,
  avg: (values) => sum(values) / values.length,
  count: (values) => values.length,
  group: () => 1,
  min: (values) => values.reduce((low, value) => (value < low || Number.isNaN(low) ? value : low)),
  max: (values) => values.reduce((high, value) => (value > high || Number.isNaN(high) ? value : high)),
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
  quantile: (values, phi) => quantile(phi, values),
}

/** Keeps whole series with their labels, at the steps where they are among the k first. */
function ranked(members: readonly Column[], k: Float64Array | undefined, count: number, highest: boolean): Column[] {
  const results = members.map((member) => emptyColumn(member.labels, count))
  for (let step = 0; step < count; step += 1) {
    const here = [...members.keys()].filter((index) => members[index]?.present[step])
    const value = (index: number): number => members[index]?.values[step] ?? Number.NaN
    // NaN ranks last either way.
    here.sort((a, b) =>
      Number.isNaN(value(a)) ? 1 : Number.isNaN(value(b)) ? -1 : highest ? value(b) - value(a) : value(a) - value(b),
    )
    for (const index of here.slice(0, Math.max(0, Math.trunc(k?.[step] ?? 0)))) {
      const result = results[index]
      if (result) put(result, step, value(index))
    }
  }
  const order = (index: number): number => results[index]?.values[count - 1] ?? 0
  return [...results.keys()]
    .sort((a, b) => (highest ? order(b) - order(a) : order(a) - order(b)))
    .flatMap((index) => results[index] ?? [])
    .filter(has)
}

function countValues(
  columns: readonly Column[],
  parameter: Value | undefined,
  count: number,
  labelsOf: (labels: Labels) => Labels,
): Column[] {
  const label = parameter?.kind === "string" ? parameter.value : ""
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
    throw new PromqlError("execution", `invalid label name ${JSON.stringify(label)}`)
  const results = new Map<string, Column>()
  for (const { labels, values, present } of columns) {
    for (let step = 0; step < count; step += 1) {
      if (!present[step]) continue
      const group = labelsOf(labels).with(label, formatValue(values[step] ?? Number.NaN))
      const column = results.get(group.key) ?? emptyColumn(group, count)
      results.set(group.key, column)
      put(column, step, (column.values[step] ?? 0) + 1)
    }
  }
  return [...results.values()]
}
