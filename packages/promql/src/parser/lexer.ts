import { aggregations } from "./signatures.ts"
import { scanNumber } from "./scan-number.ts"
import { scanString } from "./scan-string.ts"
import type { Token, TokenKind } from "./token.ts"

const space = /[ \t\r\n]+|#[^\r\n]*/y
const word = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const wordOperators = new Set(["and", "or", "unless", "atan2"])
const keywords = new Set(["offset", "by", "without", "on", "ignoring", "group_left", "group_right", "bool"])
const operators = ["==", "!=", ">=", "<=", ">", "<", "+", "-", "*", "/", "%", "^", "@"]
const matchOperators = ["=~", "!~", "!=", "="]

/** A character as Go's `%q` writes it. */
const quoted = (char: string): string => (char === "" ? "'\\x00'" : char === "'" ? "'\\''" : `'${char}'`)

/**
 * All tokens of a query, the last of kind `end` or `error`: an error counts when the parser gets to it, not before what is
 * wrong earlier. Comments and white space separate tokens and are dropped.
 */
export function tokenize(query: string): Token[] {
  return new Lexer(query).run()
}

class Lexer {
  readonly #query: string
  readonly #tokens: Token[] = []
  #offset = 0
  #parens = 0
  #inBraces = false
  #inBrackets = false

  constructor(query: string) {
    this.#query = query
  }

  run(): Token[] {
    for (;;) {
      const last = this.#tokens.at(-1)
      if (last?.kind === "end" || last?.kind === "error") return this.#tokens
      const blank = this.#match(space)
      if (blank !== undefined) this.#offset += blank.length
      else if (this.#inBraces) this.#insideBraces()
      else this.#outside()
    }
  }

  #outside(): void {
    const char = this.#char()
    if (char === "") {
      if (this.#parens > 0) return this.#fail("unclosed left parenthesis")
      if (this.#inBrackets) return this.#fail("unclosed left bracket")
      return this.#emit("end", "")
    }
    if (char === '"' || char === "'" || char === "`") return this.#string()
    if (/^(?:[0-9]|\.[0-9])/.test(this.#query.slice(this.#offset, this.#offset + 2))) return this.#number()
    // Inside brackets `5m:1m` is a duration, a colon and a duration; outside, a colon belongs to a metric name.
    if (char === ":" && this.#inBrackets) return this.#emit("punctuation", ":")
    const name = this.#match(word)
    if (name !== undefined) {
      if (this.#inBrackets) return this.#fail(`unexpected character: ${quoted(char)}, expected ':'`)
      return this.#word(name)
    }
    const operator = operators.find((candidate) => this.#query.startsWith(candidate, this.#offset))
    if (operator !== undefined) return this.#emit("operator", operator)
    this.#mark(char)
  }

  #mark(char: string): void {
    switch (char) {
      case ",":
        return this.#emit("punctuation", char)
      case "=":
      case "!": {
        const follows = this.#char(1)
        if (char === "!" || follows === "~")
          return this.#fail(`unexpected character after '${char}': ${quoted(follows)}`)
        return this.#emit("punctuation", char)
      }
      case "(":
        this.#parens += 1
        return this.#emit("punctuation", char)
      case ")":
        this.#parens -= 1
        if (this.#parens >= 0) return this.#emit("punctuation", char)
        // Prometheus names the place behind it.
        this.#offset += 1
        return this.#fail("unexpected right parenthesis ')'")
      case "{":
        this.#inBraces = true
        return this.#emit("punctuation", char)
      case "[":
        if (this.#inBrackets) return this.#fail("unexpected left bracket '['")
        this.#inBrackets = true
        return this.#emit("punctuation", char)
      case "]":
        if (!this.#inBrackets) return this.#fail("unexpected right bracket ']'")
        this.#inBrackets = false
        return this.#emit("punctuation", char)
      default:
        return this.#fail(`unexpected character: ${quoted(char)}`)
    }
  }

  #word(name: string): void {
    const lower = name.toLowerCase()
    if (lower === "inf" || lower === "nan") return this.#emit("number", name)
    if (wordOperators.has(lower)) return this.#emit("operator", name)
    if (aggregations.has(lower)) return this.#emit("aggregator", name)
    if (keywords.has(lower)) return this.#emit("keyword", name)
    if (lower === "start" || lower === "end") return this.#emit("preprocessor", name)
    this.#emit(name.includes(":") ? "metric" : "identifier", name)
  }

  /** No word is a keyword here. */
  #insideBraces(): void {
    const char = this.#char()
    if (char === "") return this.#fail("unexpected end of input inside braces")
    const name = this.#match(labelName)
    if (name !== undefined) return this.#emit("identifier", name)
    if (char === '"' || char === "'" || char === "`") return this.#string()
    const operator = matchOperators.find((candidate) => this.#query.startsWith(candidate, this.#offset))
    if (operator !== undefined) return this.#emit(operator === "=" ? "punctuation" : "operator", operator)
    if (char === "!") return this.#fail(`unexpected character after '!' inside braces: ${quoted(this.#char(1))}`)
    if (char === "{") return this.#fail("unexpected left brace '{'")
    if (char === "}") this.#inBraces = false
    else if (char !== ",") return this.#fail(`unexpected character inside braces: ${quoted(char)}`)
    this.#emit("punctuation", char)
  }

  #string(): void {
    const scanned = scanString(this.#query, this.#offset)
    if ("wrong" in scanned) return this.#fail(scanned.wrong)
    this.#emit("string", scanned.text, scanned.value)
  }

  #number(): void {
    const scanned = scanNumber(this.#query, this.#offset)
    if ("wrong" in scanned) return this.#fail(scanned.wrong)
    this.#emit(scanned.kind, scanned.text)
  }

  #emit(kind: TokenKind, text: string, value = text): void {
    this.#tokens.push({ kind, text, value, offset: this.#offset })
    this.#offset += text.length
  }

  #fail(reason: string): void {
    this.#tokens.push({ kind: "error", text: reason, value: reason, offset: this.#offset })
  }

  /** A whole character, "" at the end. */
  #char(ahead = 0): string {
    const code = this.#query.codePointAt(this.#offset + ahead)
    return code === undefined ? "" : String.fromCodePoint(code)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    return pattern.exec(this.#query)?.[0]
  }
}
