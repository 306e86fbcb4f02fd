import type { Labels } from "../../labels.ts"
import type { Matching } from "../../parser/ast.ts"
import type { Column } from "../grid.ts"

/** The labels by which the two sides find each other. */
export const matchLabels = (labels: Labels, matching: Matching): Labels =>
  matching.on ? labels.keep(matching.labels) : labels.nameless.drop(matching.labels)

export const matchKey = (labels: Labels, matching: Matching): string => matchLabels(labels, matching).key

/** Columns by their match keys. */
export function grouped(columns: readonly Column[], matching: Matching): Map<string, Column[]> {
  const groups = new Map<string, Column[]>()
  for (const column of columns) {
    const key = matchKey(column.labels, matching)
    const group = groups.get(key)
    if (group) group.push(column)
    else groups.set(key, [column])
  }
  return groups
}
