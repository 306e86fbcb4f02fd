import { add, divide, multiply, subtract, type Combined } from "../histogram/arithmetic.ts"
import { equal } from "../histogram/equal.ts"
import { trim } from "../histogram/trim.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { BinaryOperator } from "../parser/ast.ts"
import type { Annotations, Place } from "./annotations.ts"

type Operand = number | FloatHistogram

/**
 * An operator between two samples of which one at least is a histogram: the result, for a comparison whether it holds; undefined
 * where the buckets cannot be combined, which is told.
 */
export function histogramOperation(
  op: BinaryOperator,
  left: Operand,
  right: Operand,
  annotations: Annotations,
  place: Place,
): FloatHistogram | boolean | "incompatible types" | undefined {
  if (typeof left !== "number" && typeof right !== "number") {
    if (op === "+") return told(add(left, right), op, annotations, place)
    if (op === "-") {
      const difference = told(subtract(left, right), op, annotations, place)
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

function told(
  combined: Combined | undefined,
  op: "+" | "-",
  annotations: Annotations,
  place: Place,
): FloatHistogram | undefined {
  if (combined === undefined) {
    annotations.add("warning", `incompatible bucket layout encountered for binary operator ${op}`, place)
    return undefined
  }
  const combination = op === "+" ? "addition" : "subtraction"
  if (combined.collision)
    annotations.add("warning", `conflicting counter resets during histogram ${combination}`, place)
  if (combined.reconciled)
    annotations.add("info", `mismatched custom buckets were reconciled during ${combination}`, place)
  return combined.histogram
}
