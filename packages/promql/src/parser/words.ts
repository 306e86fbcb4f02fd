import type { Expr, ValueType } from "./ast.ts"
import type { Token } from "./lexer.ts"
import { PromqlParseError } from "./parse-error.ts"

const names: Readonly<Record<string, string>> = { "(": "left parenthesis", ")": "right parenthesis" }

/** A token as Prometheus calls it in an error: `right parenthesis ')'`, `end of input`, `identifier "by"`. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of input"
    case "identifier":
      return `identifier ${JSON.stringify(token.text)}`
    case "metric":
      return `metric identifier ${JSON.stringify(token.text)}`
    case "number":
      return `number ${JSON.stringify(token.text)}`
    case "duration":
      return `duration ${JSON.stringify(token.text)}`
    case "string":
      return `string ${JSON.stringify(token.value)}`
    case "punctuation":
      return names[token.text] === undefined ? JSON.stringify(token.text) : `${names[token.text]} '${token.text}'`
  }
}

export function typeName(type: ValueType): string {
  return type === "vector" ? "instant vector" : type === "matrix" ? "range vector" : type
}

/** Throws at the expression when its type is none of those allowed. */
export function expectType(query: string, expr: Expr, allowed: readonly ValueType[], reason: () => string): void {
  if (!allowed.includes(expr.type)) throw new PromqlParseError(query, expr.start, reason())
}
