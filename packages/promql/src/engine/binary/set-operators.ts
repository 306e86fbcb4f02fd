import type { Binary } from "../../parser/ast.ts"
import { absent, copyStep, emptyColumn, has, type Column } from "../grid.ts"
import { grouped, matchKey } from "./matching.ts"

/** `and`, `or` and `unless`: which samples stay is decided by whether a partner is there at the same step. */
export function setOperation(expr: Binary, left: readonly Column[], right: readonly Column[]): Column[] {
  switch (expr.op) {
    case "and":
      return filter(expr, left, right, true)
    case "unless":
      return filter(expr, left, right, false)
    default:
      return [...left, ...filter(expr, right, left, false)]
  }
}

/** Those samples that have a partner among the others, or those that have none. */
function filter(expr: Binary, columns: readonly Column[], others: readonly Column[], partnered: boolean): Column[] {
  const groups = new Map<string, Uint8Array>()
  for (const [key, members] of grouped(others, expr.matching)) groups.set(key, anyOf(members))
  const results: Column[] = []
  for (const column of columns) {
    const partners = groups.get(matchKey(column.labels, expr.matching))
    if (partners === undefined) {
      if (!partnered) results.push(column)
      continue
    }
    const result: Column = { ...emptyColumn(column.labels, column.present.length), nameless: column.nameless ?? false }
    for (let step = 0; step < result.present.length; step += 1)
      if (column.present[step] !== absent && (partners[step] !== 0) === partnered) copyStep(result, column, step)
    if (has(result)) results.push(result)
  }
  return results
}

/** 1 at the steps where one of the columns has a sample. */
export function anyOf(columns: readonly Column[]): Uint8Array {
  const [first, ...others] = columns
  const any = first === undefined ? new Uint8Array() : first.present.map((kind) => (kind === absent ? 0 : 1))
  for (const { present } of others)
    for (let step = 0; step < any.length; step += 1) if (present[step] !== absent) any[step] = 1
  return any
}
