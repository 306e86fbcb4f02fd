import type { Binary, BinaryOperator } from "../../parser/ast.ts"
import type { CallContext } from "../call-context.ts"
import { absent, float, histogram, put, putHistogram, type Column } from "../grid.ts"
import { histogramOperation } from "../histogram-operators.ts"
import { Telling } from "../told.ts"
import { arithmetic, comparison } from "./operators.ts"

const named: Readonly<Record<number, "float" | "histogram">> = { [float]: "float", [histogram]: "histogram" }

/**
 * An operator between two samples. A comparison gives what it lets through, the left sample as a rule, or with `bool` 0 or 1.
 */
export class Combine {
  readonly #op: BinaryOperator
  readonly #told: Telling
  readonly #compute: ((left: number, right: number) => number) | undefined
  readonly #compare: ((left: number, right: number) => boolean) | undefined
  readonly #bool: boolean

  constructor(expr: Binary, context: CallContext) {
    this.#op = expr.op
    this.#told = new Telling(context.annotations, expr)
    this.#compute = arithmetic.get(expr.op)
    this.#compare = comparison.get(expr.op)
    this.#bool = expr.bool
  }

  /**
   * Writes the result at a step, if there is one. `lets`: the side that a comparison lets through. False if the operator is not
   * for these samples, which is told.
   */
  at(left: Column, right: Column, step: number, result: Column, lets: Column = left): boolean {
    if (left.present[step] === float && right.present[step] === float) {
      const a = left.values[step] as number
      const b = right.values[step] as number
      if (this.#compute !== undefined) put(result, step, this.#compute(a, b))
      else if (this.#compare === undefined) return this.#tellOfTypes("float", "float")
      else if (this.#bool) put(result, step, this.#compare(a, b) ? 1 : 0)
      else if (this.#compare(a, b)) put(result, step, lets.values[step] as number)
      return true
    }
    return this.#histograms(left, right, step, result)
  }

  #histograms(left: Column, right: Column, step: number, result: Column): boolean {
    const a = left.histograms?.[step]
    const b = right.histograms?.[step]
    const one = left.present[step] === histogram && a !== undefined ? a : (left.values[step] as number)
    const other = right.present[step] === histogram && b !== undefined ? b : (right.values[step] as number)
    const answer = histogramOperation(this.#op, one, other, this.#told)
    if (answer === undefined) return false
    if (answer === "incompatible types")
      return this.#tellOfTypes(
        named[left.present[step] ?? absent] ?? "float",
        named[right.present[step] ?? absent] ?? "float",
      )
    if (typeof answer === "boolean") {
      if (this.#bool) put(result, step, answer ? 1 : 0)
      else if (answer && typeof one !== "number") putHistogram(result, step, one)
    } else putHistogram(result, step, answer)
    return true
  }

  #tellOfTypes(left: string, right: string): false {
    this.#told.incompatibleTypes(left, this.#op, right)
    return false
  }
}

/** Whether an operator changes what the number means, so that the metric's name goes at once. */
export const changesMeaning = (op: BinaryOperator): boolean => arithmetic.has(op)
