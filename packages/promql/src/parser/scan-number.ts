const hexadecimal = /0[xX]_?[0-9a-fA-F]*(?:_[0-9a-fA-F]+)*/y
const decimal = /(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y
const duration = /(?:\d+(?:ms|[smhdwy]))+/y

/** The number or duration that begins at `start`, or what is wrong with it. */
export function scanNumber(
  query: string,
  start: number,
): { readonly kind: "number" | "duration"; readonly text: string } | { readonly wrong: string } {
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = start
    return pattern.exec(query)?.[0] ?? ""
  }
  const digits = match(hexadecimal) || match(decimal)
  const length = match(duration)
  const [kind, text] = length.length > digits.length ? (["duration", length] as const) : (["number", digits] as const)
  if (!/[a-zA-Z0-9_]/.test(query.charAt(start + text.length))) return { kind, text }
  // Behind a duration, Prometheus has read one character more when it notices.
  const read = kind === "duration" ? text + query.charAt(start + text.length) : text
  return { wrong: `bad number or duration syntax: ${JSON.stringify(read)}` }
}
