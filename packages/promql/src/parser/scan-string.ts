import { fromBytes } from "../utf8.ts"

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
}
const coded: Readonly<Record<string, readonly [digits: number, base: number, greatest: number]>> = {
  x: [2, 16, 0xff],
  u: [4, 16, 0x10ffff],
  U: [8, 16, 0x10ffff],
}

const byteEscape = /^\\[x0-7]/

type Scanned = { readonly text: string; readonly value: string }
type Wrong = { readonly wrong: string }

/** The string that begins with its quote at `start`, or what is wrong with it, in Prometheus' words. */
export function scanString(query: string, start: number): Scanned | Wrong {
  const quote = query.charAt(start)
  let value = ""
  /** Those behind each other make up characters. */
  let bytes: number[] = []
  for (let at = start + 1; at < query.length; at += 1) {
    const char = query.charAt(at)
    if (bytes.length > 0 && !byteEscape.test(query.slice(at, at + 2))) {
      value += fromBytes(bytes)
      bytes = []
    }
    if (char === quote) return { text: query.slice(start, at + 1), value }
    if (quote === "`") value += char
    else if (char === "\n") break
    else if (char !== "\\") value += char
    else {
      const escape = scanEscape(query, at + 1, quote)
      if ("wrong" in escape) return escape
      if ("byte" in escape) bytes.push(escape.byte)
      else value += escape.value
      at += escape.length
    }
  }
  return { wrong: quote === "`" ? "unterminated raw string" : "unterminated quoted string" }
}

/** Go's escapes: `\n`, `\u0041`, `\U00000041`, and bytes: `\x41`, `\101`. `length` is what follows the backslash. */
function scanEscape(
  query: string,
  at: number,
  quote: string,
): { readonly length: number; readonly value: string } | { readonly length: number; readonly byte: number } | Wrong {
  const char = query.charAt(at)
  if (char === "") return { wrong: "escape sequence not terminated" }
  const simple = char === quote ? quote : escapes[char]
  if (simple !== undefined) return { length: 1, value: simple }
  const octal = /[0-7]/.test(char)
  const shape = octal ? ([3, 8, 0xff] as const) : coded[char]
  if (shape === undefined) return { wrong: `unknown escape sequence ${codePoint(query, at)}` }
  const [digits, base, greatest] = shape
  const first = octal ? at : at + 1
  let code = 0
  for (let index = first; index < first + digits; index += 1) {
    const digit = Number.parseInt(query.charAt(index), base)
    if (query.charAt(index) === "") return { wrong: "escape sequence not terminated" }
    if (Number.isNaN(digit)) return { wrong: `illegal character ${codePoint(query, index)} in escape sequence` }
    code = code * base + digit
  }
  if (code > greatest || (code >= 0xd800 && code < 0xe000)) {
    return { wrong: "escape sequence is an invalid Unicode code point" }
  }
  const length = first + digits - at
  return greatest === 0xff ? { length, byte: code } : { length, value: String.fromCodePoint(code) }
}

/** Go's `%#U`: `U+007A 'z'`. */
function codePoint(query: string, at: number): string {
  const code = query.codePointAt(at) ?? 0
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${String.fromCodePoint(code)}'`
}
