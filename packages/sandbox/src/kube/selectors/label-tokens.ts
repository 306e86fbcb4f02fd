/** A token of a label selector; `word` is a key or a value, the others are their own text, `end` the end of the input. */
export interface Token {
  readonly kind: "word" | "in" | "notin" | "!" | "=" | "==" | "!=" | "<" | ">" | "(" | ")" | "," | "end"
  readonly text: string
}

const OPERATORS = ["==", "!=", "=", "!", "<", ">", "(", ")", ","] as const
const SPACE = /[ \t\r\n]/
const SPECIAL = /[=!(),><]/

export function tokensOf(selector: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < selector.length) {
    const character = selector[at] ?? ""
    if (SPACE.test(character)) {
      at += 1
      continue
    }
    const operator = OPERATORS.find((candidate) => selector.startsWith(candidate, at))
    if (operator !== undefined) {
      tokens.push({ kind: operator, text: operator })
      at += operator.length
      continue
    }
    let end = at
    while (end < selector.length && !SPACE.test(selector[end] ?? "") && !SPECIAL.test(selector[end] ?? "")) end += 1
    const text = selector.slice(at, end)
    tokens.push({ kind: text === "in" || text === "notin" ? text : "word", text })
    at = end
  }
  tokens.push({ kind: "end", text: "" })
  return tokens
}
