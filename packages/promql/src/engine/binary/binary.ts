import type { Binary } from "../../parser/ast.ts"
import type { CallContext } from "../call-context.ts"
import { absent, emptyColumn, fullColumn, has, type Column, type Value } from "../grid.ts"
import { Labels } from "../../labels.ts"
import { merged, unnamed } from "../names.ts"
import { PromqlError } from "../query-error.ts"
import { changesMeaning, Combine } from "./combine.ts"
import { scalarOperation } from "./operators.ts"
import { setOperation } from "./set-operators.ts"
import { matched } from "./vector-matching.ts"

/** A binary operator at all steps. */
export function binary(expr: Binary, left: Value, right: Value, context: CallContext): Value {
  if (left.kind === "scalar" && right.kind === "scalar") {
    const compute = scalarOperation(expr.op)
    return {
      kind: "scalar",
      values: left.values.map((value, step) => compute(value, right.values[step] ?? Number.NaN)),
    }
  }
  if (left.kind === "string" || right.kind === "string")
    throw new PromqlError("execution", "strings cannot be operands")
  return { kind: "vector", columns: merged(vectors(expr, left, right, context)) }
}

type Operand = Exclude<Value, { kind: "string" }>

function vectors(expr: Binary, left: Operand, right: Operand, context: CallContext): Column[] {
  if (left.kind === "vector" && right.kind === "vector")
    return expr.matching.card === "many-to-many"
      ? setOperation(expr, left.columns, right.columns)
      : matched(expr, left.columns, right.columns, context)
  const compute = withScalar(expr, left, right, context)
  const columns = left.kind === "vector" ? left.columns : right.kind === "vector" ? right.columns : []
  return columns.map(compute).filter(has)
}

/** A vector's column with a scalar, which one of the sides is. */
function withScalar(expr: Binary, left: Operand, right: Operand, context: CallContext): (column: Column) => Column {
  const combine = new Combine(expr, context)
  const values = left.kind === "scalar" ? left.values : right.kind === "scalar" ? right.values : new Float64Array()
  const scalar = fullColumn(Labels.empty, values)
  const swapped = left.kind === "scalar"
  const nameGoes = changesMeaning(expr.op) || expr.bool
  return (column) => {
    const result: Column = {
      ...emptyColumn(column.labels, context.grid.count),
      nameless: column.nameless ?? false,
      ...(nameGoes && unnamed(column, context)),
    }
    for (let step = 0; step < context.grid.count; step += 1) {
      if (column.present[step] === absent) continue
      if (swapped) combine.at(scalar, column, step, result, column)
      else combine.at(column, scalar, step, result)
    }
    return result
  }
}
