/** The value of a number as PromQL writes it; undefined if it is none (`0x`). */
export function numberOf(text: string): number | undefined {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const digits = text.replaceAll("_", "")
  // A leading zero means octal to Go's integer syntax, which Prometheus follows.
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8)
  const value = Number(digits)
  return Number.isNaN(value) ? undefined : value
}
