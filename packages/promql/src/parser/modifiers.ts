import { formatValue } from "../format.ts"
import type { At, Expr, Modifiers, Subquery, VectorSelector } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { offsetDuration, rangeDuration } from "./duration-expr.ts"
import { signedLiteral } from "./literal.ts"
import { endOf, type Token } from "./token.ts"

const anyDuration = "number, duration, step(), or range()"

/** Ranges, subqueries, `offset`, `@`, `anchored` and `smoothed` behind an expression. */
export function modified(cursor: Cursor, inner: Expr): Expr {
  let expr = inner
  for (;;) {
    if (cursor.at("[")) expr = bracket(cursor, expr)
    else if (cursor.takeWord("keyword", ["offset"]) !== undefined) expr = offset(cursor, expr)
    else if (cursor.takeWord("operator", ["@"]) !== undefined) expr = pin(cursor, expr)
    else {
      const keyword = cursor.takeWord("keyword", ["anchored", "smoothed"])
      if (keyword === undefined) return expr
      expr = extend(cursor, expr, keyword)
    }
  }
}

function bracket(cursor: Cursor, expr: Expr): Expr {
  const open = cursor.next()
  cursor.countOperator(open)
  const range = rangeDuration(cursor, "subquery or range selector", anyDuration)
  if (cursor.take(":") === undefined) {
    const close = cursor.expect("]", "subquery or range", '":" or "]"')
    if (expr.kind !== "selector") return cursor.fail(open.offset, "ranges only allowed for vector selectors")
    if (expr.offset !== 0) return cursor.fail(open.offset, "no offset modifiers allowed before range")
    if (expr.at !== undefined) return cursor.fail(open.offset, "no @ modifiers allowed before range")
    return { kind: "range", type: "matrix", selector: expr, range, start: expr.start, end: endOf(close) }
  }
  const step = cursor.at("]")
    ? undefined
    : rangeDuration(cursor, "subquery selector", `${anyDuration.replace(", or", ",")}, or "]"`)
  const close = cursor.expect("]", "subquery selector", '"]"')
  const subquery: Subquery = {
    kind: "subquery",
    type: "matrix",
    expr,
    range,
    offset: 0,
    start: expr.start,
    end: endOf(close),
  }
  return step === undefined ? subquery : { ...subquery, step }
}

function offset(cursor: Cursor, expr: Expr): Expr {
  const duration = offsetDuration(cursor)
  return withModifier(cursor, expr, "offset", (old) => {
    if (old.offset !== 0) cursor.fail(expr.start, "offset may not be set multiple times")
    return { offset: duration }
  })
}

function pin(cursor: Cursor, expr: Expr): Expr {
  const at = time(cursor, expr)
  return withModifier(cursor, expr, "@", (old) => {
    if (old.at !== undefined) cursor.fail(expr.start, "@ <timestamp> may not be set multiple times")
    return { at }
  })
}

function time(cursor: Cursor, expr: Expr): At {
  const expected = ["@", "timestamp"] as const
  const preprocessor = cursor.takeWord("preprocessor", ["start", "end"])
  if (preprocessor !== undefined) {
    cursor.expect("(", ...expected)
    cursor.expect(")", ...expected)
    return preprocessor.text.toLowerCase() === "start" ? "start" : "end"
  }
  const seconds = signedLiteral(cursor) ?? cursor.unexpected(cursor.peek(), ...expected)
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const shown = Number.isFinite(seconds) ? BigInt(seconds).toString() + ".000000" : formatValue(seconds)
    cursor.fail(expr.start, `timestamp out of bounds for @ modifier: ${shown}`)
  }
  return Math.round(seconds * 1000)
}

function withModifier(cursor: Cursor, expr: Expr, name: string, change: (old: Modifiers) => Partial<Modifiers>): Expr {
  const end = endOf(cursor.last() ?? cursor.peek())
  if (expr.kind === "selector" || expr.kind === "subquery") return { ...expr, ...change(expr), end }
  if (expr.kind === "range") return { ...expr, selector: { ...expr.selector, ...change(expr.selector) }, end }
  return cursor.fail(
    expr.start,
    `${name} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
  )
}

function extend(cursor: Cursor, expr: Expr, keyword: Token): Expr {
  const extended = keyword.text.toLowerCase() === "anchored" ? "anchored" : "smoothed"
  const change = (selector: VectorSelector): VectorSelector => {
    if (selector.extended !== undefined && selector.extended !== extended)
      cursor.fail(expr.start, "anchored and smoothed modifiers cannot be used together")
    return { ...selector, extended }
  }
  if (expr.kind === "selector") return change(expr)
  if (expr.kind === "range") return { ...expr, selector: change(expr.selector) }
  if (expr.kind === "subquery") return cursor.fail(expr.start, `${extended} modifier is not supported for subqueries`)
  return cursor.fail(expr.start, `${extended} modifier not implemented`)
}
