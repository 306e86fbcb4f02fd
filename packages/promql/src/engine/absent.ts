import { Labels } from "../labels.ts"
import type { Expr } from "../parser/ast.ts"
import { absent, emptyColumn, has, put, type Column } from "./grid.ts"

/** 1 at the steps where none of the columns has a sample (`absent`, `absent_over_time`). */
export function absentWhere(labels: Labels, columns: readonly Column[], count: number): Column[] {
  const column = emptyColumn(labels, count)
  for (let step = 0; step < count; step += 1)
    if (columns.every(({ present }) => present[step] === absent)) put(column, step, 1)
  return has(column) ? [column] : []
}

/** The labels that an absent series would surely have had: those of `=` matchers, unless there are several for one label. */
export function absentLabels(expr: Expr): Labels {
  if (expr.kind === "paren") return absentLabels(expr.expr)
  const selector = expr.kind === "range" ? expr.selector : expr
  if (selector.kind !== "selector") return Labels.empty
  const names = selector.matchers.map((matcher) => matcher.label)
  const sure = selector.matchers.filter(
    ({ label, op }) =>
      op === "=" && !Labels.metadata.includes(label) && names.filter((name) => name === label).length === 1,
  )
  return Labels.from(sure.map(({ label, value }) => [label, value] as const))
}
