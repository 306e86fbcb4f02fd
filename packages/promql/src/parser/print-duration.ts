import { formatValue } from "../format.ts"
import type { Duration, DurationExpr } from "./ast.ts"
import { formatDuration } from "./duration.ts"

/** A duration as Prometheus writes it. */
export const printDuration = (duration: Duration): string =>
  typeof duration !== "number" ? print(duration) : Number.isNaN(duration) ? "NaN" : formatDuration(duration)

function print(expr: DurationExpr): string {
  switch (expr.kind) {
    case "seconds":
      return expr.duration ? formatDuration(expr.value * 1000) : formatValue(expr.value)
    case "step":
    case "range":
      return `${expr.kind}()`
    case "negated":
      return `-${print(expr.of)}`
    case "parenthesised":
      return `(${print(expr.of)})`
    case "min_of":
    case "max_of":
      return `${expr.kind}(${print(expr.left)}, ${print(expr.right)})`
    default:
      return `${print(expr.left)} ${expr.kind} ${print(expr.right)}`
  }
}
