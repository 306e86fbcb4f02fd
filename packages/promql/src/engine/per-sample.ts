import type { Call } from "../parser/ast.ts"
import type { CallContext } from "./call-context.ts"
import { float, has, put, scalarOf, type Column, type Value } from "./grid.ts"
import { unnamedColumn } from "./names.ts"

const sign = (value: number): number => (value > 0 ? 1 : value < 0 ? -1 : value)
/** As in Go, an infinity that wins wins over NaN too. */
export const least = (a: number, b: number): number =>
  a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b)
export const greatest = (a: number, b: number): number =>
  a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b)
const roundTo = (value: number, unit: number): number => {
  // Prometheus multiplies by the inverse, which is exact for units like 0.1.
  const inverse = 1 / unit
  return Math.floor(value * inverse + 0.5) / inverse
}

/** Functions of each float by itself; the scalars after the vector come as `a` and `b`. */
const functions: ReadonlyMap<string, (value: number, a: number, b: number) => number> = new Map<
  string,
  (value: number, a: number, b: number) => number
>([
  ["abs", Math.abs],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["exp", Math.exp],
  ["sqrt", Math.sqrt],
  ["ln", Math.log],
  ["log2", Math.log2],
  ["log10", Math.log10],
  ["sgn", sign],
  ["round", roundTo],
  ["clamp_min", (value, low) => greatest(low, least(Number.POSITIVE_INFINITY, value))],
  ["clamp_max", (value, high) => greatest(Number.NEGATIVE_INFINITY, least(high, value))],
  ["clamp", (value, low, high) => greatest(low, least(high, value))],
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tan", Math.tan],
  ["asin", Math.asin],
  ["acos", Math.acos],
  ["atan", Math.atan],
  ["sinh", Math.sinh],
  ["cosh", Math.cosh],
  ["tanh", Math.tanh],
  ["asinh", Math.asinh],
  ["acosh", Math.acosh],
  ["atanh", Math.atanh],
  ["deg", (value) => value * (180 / Math.PI)],
  ["rad", (value) => value * (Math.PI / 180)],
])

/** A function that is of one float at a time, as a function of one column at a time; undefined if this is none. */
export function perSample(
  { name, args: written }: Call,
  args: readonly Value[],
  context: CallContext,
): ((column: Column) => Column) | undefined {
  const compute = functions.get(name)
  if (compute === undefined) return undefined
  const a = scalarOf(args[1], context.grid, name === "round" && written.length < 2 ? 1 : Number.NaN)
  const b = scalarOf(args[2], context.grid)
  // Between borders that are the wrong way round there is nothing.
  const empty = (step: number): boolean => name === "clamp" && (b[step] as number) < (a[step] as number)
  return (column) => {
    const result = unnamedColumn(column, context)
    const { values, present } = column
    for (let step = 0; step < values.length; step += 1) {
      if (present[step] !== float || empty(step)) continue
      put(result, step, compute(values[step] as number, a[step] as number, b[step] as number))
    }
    return result
  }
}

/** Of all columns; those without a float go. */
export const mapFloats = (columns: readonly Column[], map: (column: Column) => Column): Column[] =>
  columns.map(map).filter(has)
