import { formatShort } from "@serin/promql"

/**
 * A bucket's bound, or a summary's quantile, as OpenMetrics writes it (`1` → `1.0`), so that the same one is the same label
 * whatever a target writes. Other labels, and bounds that are no numbers, stay.
 */
export function normalBound(type: string, label: string, text: string): string {
  const isBound = (type === "histogram" && label === "le") || (type === "summary" && label === "quantile")
  if (!isBound) return text
  if (/^\+?inf(inity)?$/i.test(text)) return "+Inf"
  const value = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? boundText(value) : text
}

export function boundText(bound: number): string {
  const short = formatShort(bound)
  return /[e.]/.test(short) || !Number.isFinite(bound) ? short : `${short}.0`
}
