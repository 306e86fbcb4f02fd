/**
 * Strings of PromQL are bytes, which need not be UTF-8. Here they are strings of JavaScript, in which a byte that is none is a lone
 * surrogate, U+DC80 to U+DCFF, which no text has.
 */
const lone = 0xdc00

export function fromBytes(bytes: readonly number[]): string {
  let result = ""
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at)
    result += character?.text ?? String.fromCharCode(lone + (bytes[at] ?? 0))
    at += character?.length ?? 1
  }
  return result
}

function characterAt(bytes: readonly number[], at: number): { text: string; length: number } | undefined {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes.slice(at, at + length)))
  const replaced = text === "\ufffd" && !(first === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd)
  return Array.from(text).length === 1 && !replaced ? { text, length } : undefined
}

export const isUtf8 = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** As Go's `%q` prints a string: what a person cannot see is escaped, and so is a byte that is no UTF-8. */
export const quoted = (text: string): string => `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escaped)}"`

const short: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
])

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")
  if (code > lone && code <= lone + 0xff) return `\\x${hex(code - lone, 2)}`
  if (code > 0xffff) return `\\U${hex(code, 8)}`
  return short.get(char) ?? (code < 0x20 || code === 0x7f ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`)
}
