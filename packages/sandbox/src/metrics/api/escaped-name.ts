/**
 * A name that was written so that it fits into an address or an old format: `U__` and then `_3a_` for a character and `__` for
 * `_` (Prometheus, "Escaping schemes", "values"). What is not written so is left as it is.
 */
export function unescapeName(name: string): string {
  if (!name.startsWith("U__")) return name
  const written = name.slice("U__".length)
  if (!/^(?:[^_]|__|_[\da-fA-F]{1,6}_)*$/.test(written)) return name
  const codes: number[] = []
  const text = written.replace(/__|_([\da-fA-F]+)_/g, (_, hex: string | undefined) => {
    if (hex === undefined) return "_"
    const code = Number.parseInt(hex, 16)
    codes.push(code)
    return code > 0x10ffff ? "" : String.fromCodePoint(code)
  })
  return codes.some((code) => code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) ? name : text
}
