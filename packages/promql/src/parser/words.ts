import type { ValueType } from "./ast.ts"
import type { Token } from "./token.ts"

const longest = 10

/** Go's `%q`, cut as Prometheus cuts it. */
function quoted(text: string): string {
  const chars = Array.from(text)
  return chars.length > longest ? `${JSON.stringify(chars.slice(0, longest).join(""))}...` : JSON.stringify(text)
}

/** A token as Prometheus calls it in an error: `")"`, `end of input`, `identifier "a"`, `<op:*>`. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of input"
    case "error":
      return token.text
    case "identifier":
      return `identifier ${JSON.stringify(token.text)}`
    case "metric":
      return `metric identifier ${JSON.stringify(token.text)}`
    case "number":
    case "duration":
    case "string":
      return `${token.kind} ${quoted(token.text)}`
    case "keyword":
      return `<${token.text}>`
    case "operator":
      return `<op:${token.text}>`
    case "aggregator":
      return `<aggr:${token.text}>`
    case "preprocessor":
    case "punctuation":
      return JSON.stringify(token.text)
  }
}

export function typeName(type: ValueType): string {
  return type === "vector" ? "instant vector" : type === "matrix" ? "range vector" : type
}
