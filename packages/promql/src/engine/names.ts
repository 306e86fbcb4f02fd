import type { CallContext } from "./call-context.ts"
import { absent, emptyColumn, type Column } from "./grid.ts"
import { PromqlError } from "./query-error.ts"

/** Labels for what is computed from a column, where the metric's name no longer says what it is. */
export function unnamed(
  { labels }: Pick<Column, "labels">,
  { delayedNameRemoval }: CallContext,
): Pick<Column, "labels" | "nameless"> {
  return delayedNameRemoval ? { labels, nameless: true } : { labels: labels.nameless, nameless: false }
}

/** As an empty column: see `unnamed`. */
export const unnamedColumn = (column: Column, context: CallContext): Column => ({
  ...emptyColumn(column.labels, context.grid.count),
  ...unnamed(column, context),
})

/** At the end of a query, or of a subquery that is an answer: the names that were to go do go. */
export const withoutNames = (columns: Column[]): Column[] =>
  merged(columns.map((column) => (column.nameless ? { ...column, labels: column.labels.nameless } : column)))

/** Columns of the same labels become one. Two samples at one step are an error. */
export function merged(columns: Column[]): Column[] {
  if (columns.length < 2) return columns
  const byLabels = new Map<string, Column>()
  for (const column of columns) {
    const first = byLabels.get(column.labels.key)
    if (first === undefined) byLabels.set(column.labels.key, column)
    else byLabels.set(column.labels.key, union(first, column))
  }
  return byLabels.size === columns.length ? columns : [...byLabels.values()]
}

function union(first: Column, second: Column): Column {
  const result: Column = { ...first, values: first.values.slice(), present: first.present.slice() }
  if (first.histograms || second.histograms) result.histograms = [...(first.histograms ?? [])]
  for (let step = 0; step < result.present.length; step += 1) {
    if (second.present[step] === absent) continue
    if (result.present[step] !== absent)
      throw new PromqlError("execution", "vector cannot contain metrics with the same labelset")
    result.present[step] = second.present[step] ?? absent
    result.values[step] = second.values[step] ?? Number.NaN
    const histogram = second.histograms?.[step]
    if (histogram !== undefined && result.histograms) result.histograms[step] = histogram
  }
  return result
}
