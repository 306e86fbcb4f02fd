import type { Labels } from "../labels.ts"
import { PromqlError } from "./query-error.ts"

/** The times at which a query is evaluated: `start + i·step` for `i` below `count`, in Unix milliseconds. */
export interface Grid {
  readonly start: number
  readonly step: number
  readonly count: number
}

/** One series over a grid. Where `present[i]` is 0 there is no sample (which is not the same as NaN). */
export interface Column {
  readonly labels: Labels
  readonly values: Float64Array
  readonly present: Uint8Array
}

export type Value =
  | { readonly kind: "scalar"; readonly values: Float64Array }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "vector"; readonly columns: Column[] }

export const timeAt = (grid: Grid, index: number): number => grid.start + index * grid.step

export function emptyColumn(labels: Column["labels"], count: number): Column {
  return { labels, values: new Float64Array(count), present: new Uint8Array(count) }
}

/** Sets a sample. */
export function put(column: Column, index: number, value: number): void {
  column.values[index] = value
  column.present[index] = 1
}

export const has = (column: Column): boolean => column.present.includes(1)

export function vectorOf(value: Value): Column[] {
  if (value.kind !== "vector") throw new PromqlError("execution", `expected an instant vector, got ${value.kind}`)
  return value.columns
}
