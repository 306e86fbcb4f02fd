/** A sample value as Prometheus prints it: the shortest decimal that reads back the same, `NaN`, `+Inf`, `-Inf`. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (value === Number.POSITIVE_INFINITY) return "+Inf"
  if (value === Number.NEGATIVE_INFINITY) return "-Inf"
  if (Object.is(value, -0)) return "-0"
  const text = String(value)
  // Go switches to an exponent at 1e21 as JavaScript does, but writes two digits of it; small numbers from 1e-7 on are the same.
  return text.includes("e") ? text.replace(/e([+-])(\d)$/, "e$10$2") : text
}

/** As Go's `%g` prints a number: with an exponent from a million on, and below a ten-thousandth. */
export function formatShort(value: number): string {
  const [digits = "", exponent = "0"] = value.toExponential().split("e")
  const power = Number(exponent)
  if (!Number.isFinite(value) || value === 0 || (power >= -4 && power < 6)) return formatValue(value)
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}

/** Without an exponent, however long it gets. */
export function formatDecimal(value: number): string {
  const text = formatValue(value)
  const [, sign = "", whole = "", , fraction = "", exponent] = /^(-?)(\d+)(\.(\d+))?e([+-]\d+)$/.exec(text) ?? []
  if (exponent === undefined) return text
  const power = Number(exponent)
  const digits = whole + fraction
  if (power < 0) return `${sign}0.${"0".repeat(-power - whole.length)}${digits}`
  return sign + digits.padEnd(whole.length + power, "0")
}

/** As OpenMetrics wants a number in a label: never as a whole number without a point. */
export function openMetricsNumber(value: number): string {
  if (!Number.isFinite(value)) return formatValue(value)
  const text = formatShort(value === 0 ? 0 : value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
