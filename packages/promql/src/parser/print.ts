import { formatShort, formatValue } from "../format.ts"
import { quoted } from "../utf8.ts"
import type { Aggregation, At, Binary, Duration, Expr, Matcher, Matching, Modifiers, VectorSelector } from "./ast.ts"
import { formatDuration } from "./duration.ts"
import { printDuration } from "./print-duration.ts"

/** Longer than this, an expression is written over several lines. */
const widest = 100
const indent = (level: number): string => "  ".repeat(level)

/** A query as Prometheus writes it, in lines of at most 100 characters where that can be (`/api/v1/format_query`). */
export function prettify(expr: Expr, level = 0): string {
  const flat = print(expr)
  if (flat.length <= widest) return indent(level) + flat
  const inner = (parts: readonly Expr[]): string => parts.map((part) => prettify(part, level + 1)).join(",\n")
  switch (expr.kind) {
    case "aggregation": {
      const parts = expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr]
      return `${indent(level)}${aggregationHead(expr)}(\n${inner(parts)}\n${indent(level)})`
    }
    case "call":
      return `${indent(level)}${expr.name}(\n${inner(expr.args)}\n${indent(level)})`
    case "paren":
      return `${indent(level)}(\n${inner([expr.expr])}\n${indent(level)})`
    case "binary":
      return `${prettify(expr.left, level + 1)}\n${indent(level)}${operator(expr)}\n${prettify(expr.right, level + 1)}`
    case "unary":
      return `${indent(level)}${expr.op}${prettify(expr.expr, level).trim()}`
    case "subquery":
      return prettify(expr.expr, level) + subqueryTail(expr.range, expr.step, expr)
    default:
      return indent(level) + flat
  }
}

/** A query in one line. */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return expr.duration ? formatDuration(expr.value * 1000) : formatShort(expr.value)
    case "string":
      return quoted(expr.value)
    case "paren":
      return `(${print(expr.expr)})`
    case "selector":
      return selector(expr) + modifiers(expr)
    case "range":
      return `${selector(expr.selector)}[${printDuration(expr.range)}]${modifiers(expr.selector)}`
    case "subquery":
      return print(expr.expr) + subqueryTail(expr.range, expr.step, expr)
    case "call":
      return `${expr.name}(${expr.args.map(print).join(", ")})`
    case "aggregation": {
      const parameter = expr.parameter === undefined ? "" : `${print(expr.parameter)}, `
      return `${aggregationHead(expr)}(${parameter}${print(expr.expr)})`
    }
    case "unary":
      return expr.op + print(expr.expr)
    case "binary":
      return `${print(expr.left)} ${operator(expr)} ${print(expr.right)}`
  }
}

function selector({ named, matchers }: VectorSelector): string {
  const [name, ...others] = matchers
  const inside = (named ? others : matchers).map(matcher).join(",")
  return `${named ? (name?.value ?? "") : ""}${inside === "" ? "" : `{${inside}}`}`
}

const matcher = ({ label, op, value }: Matcher): string => `${labelName(label)}${op}${quoted(value)}`

/** A name that is no word stands in quotes. */
const labelName = (label: string): string => (/^[a-zA-Z_]\w*$/.test(label) ? label : quoted(label))
const labelNames = (labels: readonly string[]): string => labels.map(labelName).join(", ")

function modifiers({ offset, at, extended }: Modifiers & Pick<VectorSelector, "extended">): string {
  const pinned = at === undefined ? "" : ` @ ${atTime(at)}`
  const edges = extended === undefined ? "" : ` ${extended}`
  return `${pinned}${edges}${offset === 0 ? "" : ` offset ${printDuration(offset)}`}`
}

const atTime = (at: At): string => (typeof at === "number" ? (at / 1000).toFixed(3) : `${at}()`)

const subqueryTail = (range: Duration, step: Duration | undefined, modified: Modifiers): string =>
  `[${printDuration(range)}:${step === undefined ? "" : printDuration(step)}]${modifiers(modified)}`

function aggregationHead({ op, without, labels }: Aggregation): string {
  if (without) return `${op} without (${labelNames(labels)}) `
  return labels.length === 0 ? op : `${op} by (${labelNames(labels)}) `
}

function operator({ op, bool, matching }: Binary): string {
  const { card, on, labels, include } = matching
  const grouped = card === "many-to-one" ? "group_left" : card === "one-to-many" ? "group_right" : undefined
  const match = on || labels.length > 0 ? ` ${on ? "on" : "ignoring"} (${labelNames(labels)})` : ""
  const group = grouped === undefined ? "" : ` ${grouped} (${labelNames(include)})`
  return `${op}${bool ? " bool" : ""}${match}${group}${fills(matching.fill)}`
}

function fills({ left, right }: Matching["fill"]): string {
  if (left !== undefined && left === right) return ` fill (${formatValue(left)})`
  return `${left === undefined ? "" : ` fill_left (${formatValue(left)})`}${right === undefined ? "" : ` fill_right (${formatValue(right)})`}`
}
