import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import { PromqlError } from "./query-error.ts"

/** The times at which a query is evaluated: `start + i·step` for `i` below `count`, in Unix milliseconds. */
export interface Grid {
  readonly start: number
  readonly step: number
  readonly count: number
}

/** What a column has at a step: nothing (which is not the same as NaN), a float, a histogram. */
export const [absent, float, histogram] = [0, 1, 2] as const

/** One series over a grid. */
export interface Column {
  readonly labels: Labels
  readonly values: Float64Array
  /** `absent`, `float` or `histogram` for each step. */
  readonly present: Uint8Array
  /** Those of the steps where there is one; absent where there is none at all. */
  histograms?: (FloatHistogram | undefined)[]
  /** The metric's name no longer says what this is: it goes at the end of the query, if not at once. */
  readonly nameless?: boolean
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
  column.present[index] = float
}

/** Sets a histogram. */
export function putHistogram(column: Column, index: number, value: FloatHistogram): void {
  column.histograms ??= []
  column.histograms[index] = value
  column.present[index] = histogram
}

export const has = (column: Column): boolean => column.present.some((kind) => kind !== absent)

export function vectorOf(value: Value): Column[] {
  if (value.kind !== "vector") throw new PromqlError("execution", `expected an instant vector, got ${value.kind}`)
  return value.columns
}
