import { Labels } from "../labels.ts"
import type { VectorSelector } from "../parser/ast.ts"
import { emptyColumn, has, put, type Column } from "./grid.ts"

/** 1 at the steps where none of the columns has a sample (`absent`, `absent_over_time`). */
export function absentWhere(labels: Labels, columns: readonly Column[], count: number): Column[] {
  const column = emptyColumn(labels, count)
  for (let step = 0; step < count; step += 1) {
    if (!columns.some(({ present }) => present[step])) put(column, step, 1)
  }
  return has(column) ? [column] : []
}

/** The labels that an absent series would surely have had: those of `=` matchers that stand alone. */
export function absentLabels(selector: VectorSelector): Labels {
  const names = selector.matchers.map((matcher) => matcher.label)
  const sure = selector.matchers.filter(
    ({ label, op }) => op === "=" && label !== "__name__" && names.filter((name) => name === label).length === 1,
  )
  return Labels.from(sure.map(({ label, value }) => [label, value] as const))
}
