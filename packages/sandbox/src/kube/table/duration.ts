const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** How long ago in the words of kubectl: `45s`, `3m20s`, `5h`, `2d4h`. */
export function since(time: string | null | undefined, now: Date): string {
  if (time === undefined || time === null || time === "") return "<unknown>"
  return humanDuration((now.getTime() - Date.parse(time)) / 1000)
}

/** Two units for short spans, one for long ones. Clocks may differ by two seconds. */
export function humanDuration(span: number): string {
  const seconds = Math.trunc(span)
  if (seconds < -1) return "<invalid>"
  if (seconds < 0) return "0s"
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 10 * MINUTE) return two(seconds, MINUTE, "m", 1, "s")
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`
  if (seconds < 8 * HOUR) return two(seconds, HOUR, "h", MINUTE, "m")
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`
  if (seconds < 8 * DAY) return two(seconds, DAY, "d", HOUR, "h")
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`
  if (seconds < 8 * YEAR) return two(seconds, YEAR, "y", DAY, "d")
  return `${Math.floor(seconds / YEAR)}y`
}

function two(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? "" : `${rest}${smallName}`}`
}
