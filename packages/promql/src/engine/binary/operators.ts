import { PromqlError } from "../query-error.ts"
import type { BinaryOperator } from "../../parser/ast.ts"

type Arithmetic = (left: number, right: number) => number
type Comparison = (left: number, right: number) => boolean

/** Go's `math.Pow`: 1 to any power and anything to the power of 0 are 1, NaN and infinities too. */
const power: Arithmetic = (base, exponent) =>
  base === 1 || (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) ? 1 : base ** exponent

export const arithmetic: ReadonlyMap<BinaryOperator, Arithmetic> = new Map<BinaryOperator, Arithmetic>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["%", (a, b) => a % b],
  ["^", power],
  ["atan2", Math.atan2],
])

export const comparison: ReadonlyMap<BinaryOperator, Comparison> = new Map<BinaryOperator, Comparison>([
  ["==", (a, b) => a === b],
  ["!=", (a, b) => a !== b],
  [">", (a, b) => a > b],
  ["<", (a, b) => a < b],
  [">=", (a, b) => a >= b],
  ["<=", (a, b) => a <= b],
])

/** An operator between two numbers; a comparison gives 0 or 1. Throws PromqlError. */
export function scalarOperation(op: BinaryOperator): Arithmetic {
  const compute = arithmetic.get(op)
  if (compute) return compute
  const compare = comparison.get(op)
  if (compare) return (a, b) => (compare(a, b) ? 1 : 0)
  // Between scalars there is nothing to cut off.
  throw new PromqlError("execution", `operator "${op}" not allowed for Scalar operations`)
}
