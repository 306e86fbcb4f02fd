/** A text that is not RFC 3339; the message is Go's. */
export class TimeError extends Error {
  override readonly name = "TimeError"
}

const LAYOUT = "2006-01-02T15:04:05Z07:00"
const MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"

/** Go's layout in parts, each with what it matches. */
const parts: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d?/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  // A fraction of a second is taken though the layout has none.
  ["05", /^\d\d(?:[.,]\d+)?/],
  ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/],
]

/** `2026-01-02T03:04:05Z`: UTC, whole seconds. @throws TimeError */
export function canonicalTime(text: string): string {
  return utcSeconds(text, LAYOUT)
}

/** `2026-01-02T03:04:05.000000Z`. @throws TimeError */
export function canonicalMicroTime(text: string): string {
  const seconds = utcSeconds(text, MICRO_LAYOUT)
  const fraction = /\d[.,](\d+)/.exec(text)?.[1] ?? ""
  return `${seconds.slice(0, -1)}.${fraction.slice(0, 6).padEnd(6, "0")}Z`
}

function utcSeconds(text: string, layout: string): string {
  let rest = text
  for (const [part, pattern] of parts) {
    const match = pattern.exec(rest)
    if (match === null) {
      throw new TimeError(
        `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(part)}`,
      )
    }
    rest = rest.slice(match[0].length)
  }
  if (rest !== "") throw new TimeError(`parsing time ${quote(text)}: extra text: ${quote(rest)}`)
  const problem = outOfRange(text)
  if (problem !== undefined) throw new TimeError(`parsing time ${quote(text)}: ${problem} out of range`)
  const time = Date.parse(text.replace(/[.,]\d+/, "").replace(/T(\d):/, "T0$1:"))
  return new Date(time).toISOString().replace(".000Z", "Z")
}

function outOfRange(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number)
  if (month < 1 || month > 12) return "month"
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return "day"
  if (hour > 23) return "hour"
  if (minute > 59) return "minute"
  return second > 59 ? "second" : undefined
}

const quote = (text: string): string => JSON.stringify(text)
