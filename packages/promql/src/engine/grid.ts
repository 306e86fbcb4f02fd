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

/** The time of the last step. */
export const endOf = (grid: Grid): number => timeAt(grid, grid.count - 1)

export function emptyColumn(labels: Column["labels"], count: number): Column {
  // One piece of memory for both: there are many columns.
  const memory = new ArrayBuffer(count * 9)
  return { labels, values: new Float64Array(memory, 0, count), present: new Uint8Array(memory, count * 8, count) }
}

/** A float at each step. */
export const fullColumn = (labels: Column["labels"], values: Float64Array): Column => ({
  labels,
  values,
  present: new Uint8Array(values.length).fill(float),
})

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

/** Sets what another column has at a step. */
export function copyStep(to: Column, from: Column, step: number): void {
  const found = from.histograms?.[step]
  if (from.present[step] === histogram && found !== undefined) putHistogram(to, step, found)
  else put(to, step, from.values[step] ?? Number.NaN)
}

export function has({ present }: Column): boolean {
  for (let step = 0; step < present.length; step += 1) if (present[step] !== absent) return true
  return false
}

export function vectorOf(value: Value | undefined): Column[] {
  if (value?.kind !== "vector")
    throw new PromqlError("execution", `expected an instant vector, got ${value?.kind ?? "nothing"}`)
  return value.columns
}

/** A scalar argument at each step; `missing` where it was left out. */
export const scalarOf = (value: Value | undefined, grid: Grid, missing = Number.NaN): Float64Array =>
  value?.kind === "scalar" ? value.values : new Float64Array(grid.count).fill(missing)

/** A string argument, "" where it was left out. */
export const textOf = (value: Value | undefined): string => (value?.kind === "string" ? value.value : "")
