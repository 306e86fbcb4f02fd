import type { Labels } from "../labels.ts"
import type { Binary, BinaryOperator, Matching } from "../parser/ast.ts"
import { emptyColumn, has, put, type Column, type Value } from "./grid.ts"
import { PromqlError } from "./query-error.ts"

type Arithmetic = (left: number, right: number) => number
const arithmetic: Readonly<Partial<Record<BinaryOperator, Arithmetic>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
  atan2: (a, b) => Math.atan2(a, b),
}
const comparison: Readonly<Partial<Record<BinaryOperator, (left: number, right: number) => boolean>>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
}

/** An operation at one step: the value, or undefined when a comparison filters the sample out. `keep` is what a filter lets through. */
function operation(
  op: BinaryOperator,
  bool: boolean,
): (left: number, right: number, keep: number) => number | undefined {
  const compute = arithmetic[op]
  if (compute) return compute
  const compare = comparison[op]
  if (!compare) throw new PromqlError("execution", `operator ${op} is not for these operands`)
  return bool ? (a, b) => (compare(a, b) ? 1 : 0) : (a, b, keep) => (compare(a, b) ? keep : undefined)
}

export function binary(expr: Binary, left: Value, right: Value, count: number): Value {
  if (left.kind === "scalar" && right.kind === "scalar") {
    const compute = operation(expr.op, true)
    return {
      kind: "scalar",
      values: left.values.map((value, step) => compute(value, right.values[step] ?? Number.NaN, value) ?? Number.NaN),
    }
  }
  if (left.kind === "vector" && right.kind === "vector") {
    const columns =
      expr.matching.card === "many-to-many"
        ? setOperation(expr, left.columns, right.columns, count)
        : matched(expr, left.columns, right.columns, count)
    return { kind: "vector", columns }
  }
  if (left.kind === "vector" && right.kind === "scalar")
    return withScalar(expr, left.columns, right.values, count, false)
  if (left.kind === "scalar" && right.kind === "vector")
    return withScalar(expr, right.columns, left.values, count, true)
  throw new PromqlError("execution", "strings cannot be operands")
}

/** Arithmetic and `bool` comparisons change what the number means, so the metric name goes. */
const dropsName = (expr: Binary): boolean => expr.bool || comparison[expr.op] === undefined

function withScalar(
  expr: Binary,
  columns: readonly Column[],
  scalar: Float64Array,
  count: number,
  swapped: boolean,
): Value {
  const compute = operation(expr.op, expr.bool)
  return {
    kind: "vector",
    columns: columns
      .map((column) => {
        const result = emptyColumn(dropsName(expr) ? column.labels.drop(["__name__"]) : column.labels, count)
        for (let step = 0; step < count; step += 1) {
          if (!column.present[step]) continue
          const value = column.values[step] ?? Number.NaN
          const other = scalar[step] ?? Number.NaN
          const answer = swapped ? compute(other, value, value) : compute(value, other, value)
          if (answer !== undefined) put(result, step, answer)
        }
        return result
      })
      .filter(has),
  }
}

const matchKey = (labels: Labels, matching: Matching): string =>
  (matching.on ? labels.keep(matching.labels) : labels.drop(["__name__", ...matching.labels])).key

function grouped(columns: readonly Column[], matching: Matching): Map<string, Column[]> {
  const groups = new Map<string, Column[]>()
  for (const column of columns) {
    const key = matchKey(column.labels, matching)
    const group = groups.get(key)
    if (group) group.push(column)
    else groups.set(key, [column])
  }
  return groups
}

function setOperation(expr: Binary, left: readonly Column[], right: readonly Column[], count: number): Column[] {
  const filter = (columns: readonly Column[], others: readonly Column[], wantPresent: boolean): Column[] => {
    const groups = grouped(others, expr.matching)
    return columns
      .map((column) => {
        const partners = groups.get(matchKey(column.labels, expr.matching)) ?? []
        const result = emptyColumn(column.labels, count)
        for (let step = 0; step < count; step += 1) {
          if (column.present[step] && partners.some(({ present }) => present[step]) === wantPresent)
            put(result, step, column.values[step] ?? Number.NaN)
        }
        return result
      })
      .filter(has)
  }
  if (expr.op === "and") return filter(left, right, true)
  if (expr.op === "unless") return filter(left, right, false)
  return [...left, ...filter(right, left, false)]
}

function matched(expr: Binary, left: readonly Column[], right: readonly Column[], count: number): Column[] {
  const { matching } = expr
  // The "many" side is walked; on the "one" side at most one series may answer per group and step.
  const swapped = matching.card === "one-to-many"
  const many = swapped ? right : left
  const one = grouped(swapped ? left : right, matching)
  const compute = operation(expr.op, expr.bool)
  const results = new Map<string, Column>()
  for (const column of many) {
    const partners = one.get(matchKey(column.labels, matching))
    if (partners === undefined) continue
    for (let step = 0; step < count; step += 1) {
      if (!column.present[step]) continue
      const answering = partners.filter(({ present }) => present[step])
      const [partner, second] = answering
      if (partner === undefined) continue
      if (second !== undefined) throw duplicate(partner, second, swapped ? "left" : "right", matching)
      const labels = resultLabels(expr, column.labels, partner.labels)
      const value = column.values[step] ?? Number.NaN
      const other = partner.values[step] ?? Number.NaN
      const answer = swapped ? compute(other, value, other) : compute(value, other, value)
      const result = results.get(labels.key) ?? emptyColumn(labels, count)
      results.set(labels.key, result)
      if (result.present[step]) {
        throw new PromqlError(
          "execution",
          matching.card === "one-to-one"
            ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            : "multiple matches for labels: grouping labels must ensure unique matches",
        )
      }
      if (answer !== undefined) put(result, step, answer)
    }
  }
  return [...results.values()].filter(has)
}

function resultLabels(expr: Binary, many: Labels, one: Labels): Labels {
  const { matching } = expr
  const base = dropsName(expr) ? many.drop(["__name__"]) : many
  if (matching.card === "one-to-one") return matching.on ? base.keep(matching.labels) : base.drop(matching.labels)
  return matching.include.reduce((labels, name) => labels.with(name, one.get(name)), base)
}

function duplicate(first: Column, second: Column, side: "left" | "right", matching: Matching): PromqlError {
  const group = matching.on ? first.labels.keep(matching.labels) : first.labels.drop(["__name__", ...matching.labels])
  return new PromqlError(
    "execution",
    `found duplicate series for the match group ${braced(group)} on the ${side} hand-side of the operation: [${braced(second.labels)}, ${braced(first.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
  )
}

/** All labels, the name too, in braces. */
const braced = (labels: Labels): string =>
  `{${labels.pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`
