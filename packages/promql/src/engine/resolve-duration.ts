import type { Duration, DurationExpr } from "../parser/ast.ts"
import { PromqlError } from "./query-error.ts"

/** What durations may be made of, in seconds. */
export interface QueryExtent {
  readonly range: number
  readonly step: number
}

/** More nanoseconds than an int64 holds. */
const maxSeconds = 2 ** 63 / 1e9

/** A duration in milliseconds. Throws PromqlError. */
export function resolveDuration(duration: Duration, extent: QueryExtent, mayBeNegative: boolean): number {
  if (typeof duration === "number") return duration
  const fail = ({ start, end }: DurationExpr, reason: string): never => {
    throw new PromqlError("bad_data", `${String(start)}:${String(end)}: ${reason}`)
  }
  const compute = (expr: DurationExpr): number => {
    switch (expr.kind) {
      case "seconds":
        return expr.value
      case "step":
      case "range":
        return extent[expr.kind]
      case "negated":
        return -compute(expr.of)
      case "parenthesised":
        return compute(expr.of)
      default:
    }
    const left = compute(expr.left)
    const right = compute(expr.right)
    switch (expr.kind) {
      case "+":
        return left + right
      case "-":
        return left - right
      case "*":
        return left * right
      case "/":
        return right === 0 ? fail(expr, "division by zero") : left / right
      case "%":
        return right === 0 ? fail(expr, "modulo by zero") : left % right
      case "^":
        return left ** right
      case "min_of":
        return Math.min(left, right)
      case "max_of":
        return Math.max(left, right)
    }
  }
  const seconds = compute(duration)
  if (!Number.isFinite(seconds)) fail(duration, "duration is NaN or infinite")
  if (seconds <= 0 && !mayBeNegative) fail(duration, "duration must be greater than 0")
  if (Math.abs(seconds) > maxSeconds) fail(duration, "duration is out of range")
  return Math.trunc(seconds * 1000)
}
