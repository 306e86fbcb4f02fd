import { aggregations } from "./signatures.ts"
import { scanNumber } from "./scan-number.ts"
import { scanString } from "./scan-string.ts"
import type { Token, TokenKind } from "./token.ts"

const space = /[ \t\r\n]+|#[^\r\n]*/y
const word = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const anyWord = /(?:[a-zA-Z_:]|(?!\p{ASCII})\p{L})(?:[a-zA-Z0-9_:.]|(?!\p{ASCII})\p{L})*/uy
const anyLabelName = /(?:[a-zA-Z_]|(?!\p{ASCII})\p{L})(?:[a-zA-Z0-9_.]|(?!\p{ASCII})\p{L})*/uy
const letters = /[a-zA-Z_]+/y
const wordOperators = new Set(["and", "or", "unless", "atan2"])
const keywords = new Set(
  "offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool".split(" "),
)
const fills = new Set(["fill", "fill_left", "fill_right"])
const preprocessors = new Set(["start", "end", "step", "range", "max_of", "min_of"])
/** Those that a duration may be made of. */
const durationWords = new Set(["step", "range", "max_of", "min_of"])
const operators = ["==", "!=", ">=", "<=", ">/", "</", ">", "<", "+", "-", "*", "/", "%", "^", "@"]
const matchOperators = ["=~", "!~", "!=", "="]

/** A character as Go's `%q` writes it. */
const quoted = (char: string): string => (char === "" ? "'\\x00'" : char === "'" ? "'\\''" : `'${char}'`)

/**
 * Reads tokens one by one, the last of kind `end` or `error`, so that what is wrong behind the place where a query is given up
 * costs nothing. Comments and white space separate tokens and are dropped. `anyLetters`: names may have letters of all
 * alphabets, and dots, without quotes.
 */
export class Lexer {
  readonly #query: string
  readonly #word: RegExp
  readonly #labelName: RegExp
  #token: Token | undefined
  #offset = 0
  #parens = 0
  #inBraces = false
  #inBrackets = false
  /** Between an opening bracket and the first number in it, what is wrong is said with other words. */
  #atDuration = false
  #colons = 0

  constructor(query: string, anyLetters: boolean) {
    this.#query = query
    this.#word = anyLetters ? anyWord : word
    this.#labelName = anyLetters ? anyLabelName : labelName
  }

  /** The next token; once there is none, the last one again. */
  next(): Token {
    const { kind } = this.#token ?? {}
    if (kind !== "end" && kind !== "error") this.#token = undefined
    while (this.#token === undefined) {
      const blank = this.#match(space)
      if (blank !== undefined) this.#offset += blank.length
      else if (this.#inBraces) this.#insideBraces()
      else if (this.#atDuration) this.#duration()
      else this.#outside()
    }
    return this.#token
  }

  #outside(): void {
    const char = this.#char()
    if (char === "") {
      if (this.#parens !== 0) return this.#fail("unclosed left parenthesis")
      if (this.#inBrackets) return this.#fail("unclosed left bracket")
      return this.#emit("end", "")
    }
    if (char === '"' || char === "'" || char === "`") return this.#string()
    if (this.#startsNumber()) return this.#number()
    // Inside brackets `5m:1m` is a duration, a colon and a duration; outside, a colon belongs to a metric name.
    if (char === ":" && this.#inBrackets) {
      this.#colons += 1
      return this.#colons > 1 ? this.#fail("unexpected colon ':'") : this.#emit("punctuation", ":")
    }
    const name = this.#match(this.#word)
    if (name !== undefined) {
      if (!this.#inBrackets) return this.#named(name)
      if (!this.#durationWord()) this.#fail(`unexpected character: ${quoted(char)}, expected ':'`)
      return
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
      case ")":
        return this.#parenthesis(char)
      case "{":
        this.#inBraces = true
        return this.#emit("punctuation", char)
      case "[":
        if (this.#inBrackets) return this.#fail("unexpected left bracket '['")
        this.#inBrackets = true
        this.#atDuration = true
        this.#colons = 0
        return this.#emit("punctuation", char)
      case "]":
        if (!this.#inBrackets) return this.#fail("unexpected right bracket ']'")
        return this.#closeBracket()
      default:
        return this.#fail(`unexpected character: ${quoted(char)}`)
    }
  }

  #parenthesis(char: "(" | ")"): void {
    this.#parens += char === "(" ? 1 : -1
    if (this.#parens >= 0) return this.#emit("punctuation", char)
    // Prometheus names the place behind it.
    this.#offset += 1
    this.#fail("unexpected right parenthesis ')'")
  }

  #closeBracket(): void {
    this.#inBrackets = false
    this.#atDuration = false
    this.#emit("punctuation", "]")
  }

  /** Behind an opening bracket. */
  #duration(): void {
    const char = this.#char()
    if (char === "") return this.#fail("unexpected end of input in duration expression")
    if (char === "]") return this.#closeBracket()
    if (char === ":") {
      // Here, too, Prometheus names the place behind it.
      this.#offset += 1
      return this.#fail("unexpected colon before duration in duration expression")
    }
    if (char === "(" || char === ")") return this.#parenthesis(char)
    if (char === ",") return this.#emit("punctuation", char)
    if ("+-*/%^".includes(char)) return this.#emit("operator", char)
    this.#atDuration = false
    if (this.#startsNumber()) return this.#number()
    if (!this.#durationWord()) this.#fail(`unexpected character in duration expression: ${quoted(char)}`)
  }

  #durationWord(): boolean {
    const name = this.#match(letters)
    if (name === undefined || !durationWords.has(name.toLowerCase())) return false
    this.#emit("preprocessor", name)
    return true
  }

  #named(name: string): void {
    const lower = name.toLowerCase()
    // Letters of other alphabets whose small ones are of ours make no keyword.
    if (/\P{ASCII}/u.test(name)) return this.#emit(name.includes(":") ? "metric" : "identifier", name)
    if (lower === "inf" || lower === "nan") return this.#emit("number", name)
    if (wordOperators.has(lower)) return this.#emit("operator", name)
    if (aggregations.has(lower)) return this.#emit("aggregator", name)
    if (fills.has(lower) && !/^[ \t\r\n]*\(/.test(this.#query.slice(this.#offset + name.length)))
      return this.#emit("identifier", name)
    if (keywords.has(lower)) return this.#emit("keyword", name)
    if (preprocessors.has(lower)) return this.#emit("preprocessor", name)
    this.#emit(name.includes(":") ? "metric" : "identifier", name)
  }

  /** No word is a keyword here. */
  #insideBraces(): void {
    const char = this.#char()
    if (char === "") return this.#fail("unexpected end of input inside braces")
    const name = this.#match(this.#labelName)
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

  #startsNumber(): boolean {
    const first = this.#query.charCodeAt(this.#offset)
    return isDigit(first) || (first === 0x2e && isDigit(this.#query.charCodeAt(this.#offset + 1)))
  }

  #number(): void {
    const scanned = scanNumber(this.#query, this.#offset)
    if ("wrong" in scanned) return this.#fail(scanned.wrong)
    this.#emit(scanned.kind, scanned.text)
  }

  #emit(kind: TokenKind, text: string, value = text): void {
    this.#token = { kind, text, value, offset: this.#offset }
    this.#offset += text.length
  }

  #fail(reason: string): void {
    this.#token = { kind: "error", text: reason, value: reason, offset: this.#offset }
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

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
