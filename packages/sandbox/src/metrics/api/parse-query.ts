import {
  formatDecimal,
  parse,
  signatures,
  type DurationExpr,
  type Expr,
  type Matching,
  type Modifiers,
} from "@serin/promql"
import { inParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { queryText } from "./queries.ts"

/** A query's tree, as Prometheus' page and editors ask for it. */
export const parseQuery: Handler = (_context, parameters) =>
  inParameter("query", () => shown(parse(queryText(parameters))))

function shown(expr: Expr): object {
  switch (expr.kind) {
    case "number":
      return { type: "numberLiteral", val: formatDecimal(expr.value) }
    case "string":
      return { type: "stringLiteral", val: expr.value }
    case "paren":
      return { type: "parenExpr", expr: shown(expr.expr) }
    case "unary":
      return { type: "unaryExpr", op: expr.op, expr: shown(expr.expr) }
    case "selector":
      return { type: "vectorSelector", ...selector(expr) }
    case "range":
      return { type: "matrixSelector", ...selector(expr.selector), ...duration("range", expr.range) }
    case "subquery":
      return {
        type: "subquery",
        expr: shown(expr.expr),
        ...duration("range", expr.range),
        ...duration("step", expr.step ?? 0),
        ...modifiers(expr),
      }
    case "call":
      return { type: "call", func: signature(expr.name), args: expr.args.map(shown) }
    case "aggregation":
      return {
        type: "aggregation",
        op: expr.op,
        expr: shown(expr.expr),
        param: expr.parameter === undefined ? null : shown(expr.parameter),
        grouping: expr.labels,
        without: expr.without,
      }
    case "binary":
      return {
        type: "binaryExpr",
        op: expr.op,
        lhs: shown(expr.left),
        rhs: shown(expr.right),
        matching: expr.left.type === "vector" && expr.right.type === "vector" ? matching(expr.matching) : null,
        bool: expr.bool,
      }
  }
}

function selector(expr: Extract<Expr, { kind: "selector" }>): object {
  const { named, matchers, extended } = expr
  return {
    name: named ? (matchers[0]?.value ?? "") : "",
    matchers: matchers.map(({ label, op, value }) => ({ name: label, value, type: op })),
    ...modifiers(expr),
    anchored: extended === "anchored",
    smoothed: extended === "smoothed",
  }
}

const modifiers = ({ offset, at }: Modifiers): object => ({
  ...duration("offset", offset),
  timestamp: typeof at === "number" ? at : null,
  startOrEnd: typeof at === "string" ? at : null,
})

/** Milliseconds, or none and the expression that gives them. */
const duration = (name: string, value: number | DurationExpr): object =>
  typeof value === "number"
    ? { [name]: value, [`${name}Expr`]: null }
    : { [name]: 0, [`${name}Expr`]: durationExpr(value, false) }

function durationExpr(expr: DurationExpr, wrapped: boolean): object {
  const node = (op: string, lhs: object | null, rhs: object | null): object => ({
    type: "durationExpr",
    op,
    lhs,
    rhs,
    wrapped,
  })
  switch (expr.kind) {
    case "seconds":
      return { type: "numberLiteral", val: formatDecimal(expr.value), duration: expr.duration }
    case "step":
    case "range":
      return node(expr.kind, null, null)
    case "negated":
      return node("-", null, durationExpr(expr.of, false))
    case "parenthesised":
      return durationExpr(expr.of, true)
    default:
      return node(expr.kind, durationExpr(expr.left, false), durationExpr(expr.right, false))
  }
}

const matching = ({ card, labels, on, include, fill }: Matching): object => ({
  card,
  labels,
  on,
  include,
  fillValues: { lhs: fill.left ?? null, rhs: fill.right ?? null },
})

function signature(name: string): object {
  const { args, least, most, returns } = signatures.get(name) ?? { args: [], least: 0, most: 0, returns: "vector" }
  // How many may be left out; −1: there may be as many as one likes.
  return { name, argTypes: args, variadic: Number.isFinite(most) ? most - least : -1, returnType: returns }
}
