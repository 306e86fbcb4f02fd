import { add, divide, multiply, subtract, type Combined } from "../histogram/arithmetic.ts"
import { equal } from "../histogram/equal.ts"
import { trim } from "../histogram/trim.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { BinaryOperator } from "../parser/ast.ts"
import type { Telling } from "./told.ts"

type Operand = number | FloatHistogram

/**
 * An operator between two samples of which one at least is a histogram: the result, for a comparison whether it holds; undefined
 * where the buckets cannot be combined, which is told.
 */
export function histogramOperation(
  op: BinaryOperator,
  left: Operand,
  right: Operand,
  told: Telling,
): FloatHistogram | boolean | "incompatible types" | undefined {
  if (typeof left !== "number" && typeof right !== "number") {
    if (op === "+") return combinedOf(add(left, right), op, told)
    if (op === "-") {
      const difference = combinedOf(subtract(left, right), op, told)
      return difference && { ...difference, resetHint: "gauge" }
    }
    if (op === "==") return equal(left, right)
    if (op === "!=") return !equal(left, right)
  } else if (typeof right === "number" && typeof left !== "number") {
    if (op === "*") return multiply(left, right)
    if (op === "/") return divide(left, right)
    if (op === "</") return trim(left, "below", right)
    if (op === ">/") return trim(left, "above", right)
  } else if (typeof left === "number" && typeof right !== "number" && op === "*") return multiply(right, left)
  return "incompatible types"
}

function combinedOf(combined: Combined | undefined, op: "+" | "-", told: Telling): FloatHistogram | undefined {
  if (combined === undefined) {
    told.incompatibleLayout(op)
    return undefined
  }
  const combination = op === "+" ? "addition" : "subtraction"
  if (combined.collision) told.collision(combination)
  if (combined.reconciled) told.reconciled(combination)
  return combined.histogram
}
