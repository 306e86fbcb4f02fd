import { PromqlParseError } from "./parse-error.ts"

export type TokenKind = "identifier" | "metric" | "number" | "duration" | "string" | "punctuation" | "end"

/** `text` is the source; of a string token `value` is what it denotes. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly value: string
  readonly offset: number
}

const punctuation = [
  "==",
  "!=",
  "=~",
  "!~",
  ">=",
  "<=",
  "=",
  ">",
  "<",
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "@",
]
const space = /[ \t\r\n]+|#[^\n]*/y
const duration = /(?:\d+(?:ms|[smhdwy]))+/y
const number =
  /0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y
const word = /[a-zA-Z_:][a-zA-Z0-9_:]*/y

/** All tokens of a query, the last of kind `end`. Comments and white space separate tokens and are dropped. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    return pattern.exec(query)?.[0]
  }
  // Inside brackets `5m:1m` is a duration, a colon and a duration; outside, a colon belongs to a metric name.
  let brackets = 0
  while (offset < query.length) {
    const blank = match(space)
    if (blank !== undefined) {
      offset += blank.length
      continue
    }
    const token = next(query, offset, match, brackets)
    if (token.text === "[") brackets += 1
    if (token.text === "]") brackets -= 1
    tokens.push(token)
    offset += token.text.length
  }
  tokens.push({ kind: "end", text: "", value: "", offset: query.length })
  return tokens
}

function next(query: string, offset: number, match: (pattern: RegExp) => string | undefined, brackets: number): Token {
  const char = query.charAt(offset)
  const token = (kind: TokenKind, text: string, value = text): Token => ({ kind, text, value, offset })
  if (char === '"' || char === "'" || char === "`") return stringToken(query, offset, char)
  if (/[0-9.]/.test(char)) {
    const length = match(duration)
    const digits = match(number)
    const text = length !== undefined && length.length > (digits?.length ?? 0) ? length : digits
    if (text === undefined) throw new PromqlParseError(query, offset, `unexpected character: '${char}'`)
    const rest = query.charAt(offset + text.length)
    if (/[a-zA-Z0-9_]/.test(rest)) {
      throw new PromqlParseError(query, offset, `bad number or duration syntax: ${JSON.stringify(text + rest)}`)
    }
    return token(text === length ? "duration" : "number", text)
  }
  if (char !== ":" || brackets === 0) {
    const text = match(word)
    if (text !== undefined) {
      if (/^(?:inf|nan)$/i.test(text)) return token("number", text)
      return token(text.includes(":") ? "metric" : "identifier", text)
    }
  }
  const symbol = punctuation.find((candidate) => query.startsWith(candidate, offset))
  if (symbol === undefined) throw new PromqlParseError(query, offset, `unexpected character: '${char}'`)
  return token("punctuation", symbol)
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
}

function stringToken(query: string, start: number, quote: string): Token {
  let value = ""
  for (let at = start + 1; at < query.length; at += 1) {
    const char = query.charAt(at)
    if (char === quote) return { kind: "string", text: query.slice(start, at + 1), value, offset: start }
    if (quote === "`") value += char
    else if (char === "\n") break
    else if (char !== "\\") value += char
    else {
      const [length, decoded] = escape(query, at + 1)
      value += decoded
      at += length
    }
  }
  throw new PromqlParseError(query, start, quote === "`" ? "unterminated raw string" : "unterminated quoted string")
}

/** Go's escapes: `\n`, `\x41`, `\u0041`, `\U00000041`, `\101`. Returns how many characters after the backslash they take. */
function escape(query: string, at: number): [length: number, decoded: string] {
  const simple = escapes[query.charAt(at)]
  if (simple !== undefined) return [1, simple]
  const coded = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(query.slice(at, at + 9))
  const digits = coded?.[1] ?? coded?.[2] ?? coded?.[3]
  const code = digits === undefined ? Number.parseInt(coded?.[4] ?? "", 8) : Number.parseInt(digits, 16)
  if (!coded || Number.isNaN(code) || code > 0x10ffff)
    throw new PromqlParseError(query, at - 1, "unknown escape sequence")
  return [coded[0].length, String.fromCodePoint(code)]
}
