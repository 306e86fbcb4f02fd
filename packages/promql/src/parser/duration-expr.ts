import type { Duration, DurationExpr } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { literal } from "./literal.ts"
import { endOf, type Token } from "./token.ts"

type BinaryKind = "+" | "-" | "*" | "/" | "%" | "^"
const precedence: ReadonlyMap<string, number> = new Map([
  ["+", 1],
  ["-", 1],
  ["*", 2],
  ["/", 2],
  ["%", 2],
  ["^", 3],
])
/** As strong as `*`: `-2^2` is `-(2^2)`. */
const unaryPrecedence = 2.5
/** More nanoseconds than an int64 holds. */
const maxSeconds = 2 ** 63 / 1e9

/** The duration of a range or a step of a subquery; fails unless one begins here, in these words. */
export function rangeDuration(cursor: Cursor, context: string, expected: string): Duration {
  const { offset } = cursor.peek()
  if (!startsDuration(cursor)) cursor.unexpected(cursor.peek(), context, expected)
  const duration = cursor.within(context, () => simplified(expression(cursor, 0)), expected)
  if (typeof duration === "number" && duration <= 0) cursor.fail(offset, "duration must be greater than 0")
  return duration
}

/**
 * The duration behind `offset`. Unless it begins with a parenthesis, it ends where its first operand does: `a offset 5m + 2` adds
 * 2 to the metric.
 */
export function offsetDuration(cursor: Cursor): Duration {
  const expected = "number, duration, step(), or range()"
  if (!startsDuration(cursor)) cursor.unexpected(cursor.peek(), "offset", expected)
  return cursor.within("offset", () => offset(cursor), expected)
}

function offset(cursor: Cursor): Duration {
  if (cursor.at("(")) return simplified(expression(cursor, 0))
  const sign = cursor.takeWord("operator", ["+", "-"])
  const again = cursor.peek()
  if (sign !== undefined && again.kind === "operator" && (again.text === "+" || again.text === "-"))
    return simplified(signed(sign, expression(cursor, 0)))
  const operand = primary(cursor)
  return simplified(sign === undefined ? operand : signed(sign, operand))
}

function startsDuration(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek()
  return (
    kind === "number" ||
    kind === "duration" ||
    (kind === "preprocessor" && /^(?:step|range|m(?:in|ax)_of)$/i.test(text)) ||
    (kind === "operator" && (text === "+" || text === "-")) ||
    cursor.at("(")
  )
}

/** What is a plain number of seconds is milliseconds at once. */
const simplified = (expr: DurationExpr): Duration => (expr.kind === "seconds" ? roundHalfAway(expr.value * 1000) : expr)

const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value))

function expression(cursor: Cursor, minimum: number): DurationExpr {
  return cursor.deeper(() => {
    let left = unary(cursor)
    for (;;) {
      const token = cursor.peek()
      const strength = token.kind === "operator" ? precedence.get(token.text) : undefined
      if (strength === undefined || strength < minimum) return left
      cursor.countOperator(cursor.next())
      const kind = token.text as BinaryKind
      const right = expression(cursor, kind === "^" ? strength : strength + 0.25)
      const zero = right.kind === "seconds" && right.value === 0
      if (kind === "/" && zero) cursor.fail(token.offset, "division by zero")
      if (kind === "%" && zero) cursor.fail(token.offset, "modulo by zero")
      left = { kind, left, right, start: left.start, end: right.end }
    }
  })
}

function unary(cursor: Cursor): DurationExpr {
  const sign = cursor.takeWord("operator", ["+", "-"])
  return sign === undefined ? primary(cursor) : signed(sign, expression(cursor, unaryPrecedence))
}

function signed(sign: Token, of: DurationExpr): DurationExpr {
  if (sign.text === "+") return { ...of, start: sign.offset }
  if (of.kind === "seconds") return { ...of, value: -of.value, start: sign.offset }
  return { kind: "negated", of, start: sign.offset, end: of.end }
}

function primary(cursor: Cursor): DurationExpr {
  const token = cursor.next()
  const start = token.offset
  if (token.kind === "number" || token.kind === "duration") {
    const { value } = literal(cursor, token)
    if (Math.abs(value) > maxSeconds) cursor.fail(start, "duration out of range")
    return { kind: "seconds", value, duration: token.kind === "duration", start, end: endOf(token) }
  }
  if (token.kind === "punctuation" && token.text === "(") {
    const of = expression(cursor, 0)
    const end = endOf(cursor.expect(")"))
    return { kind: "parenthesised", of, start, end }
  }
  const word = token.kind === "preprocessor" ? token.text.toLowerCase() : ""
  if (word === "step" || word === "range") {
    cursor.expect("(")
    return { kind: word, start, end: endOf(cursor.expect(")")) }
  }
  if (word === "min_of" || word === "max_of") {
    cursor.expect("(")
    const left = expression(cursor, 0)
    cursor.expect(",")
    const right = expression(cursor, 0)
    return { kind: word, left, right, start, end: endOf(cursor.expect(")")) }
  }
  return cursor.unexpected(token)
}
