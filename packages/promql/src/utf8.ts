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

/** As Go's `%q` prints a string. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(/\\udc([89a-f][0-9a-f])/g, (_, byte: string) => `\\x${byte}`)
