import { significant } from "./print.ts"

const large = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
const binary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
const small = ["m", "u", "n", "p", "f", "a", "z", "y"]
const four = (value: number): string => significant(value, 4)

/** `1.235M` (Prometheus, "Template reference", `humanize`). */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return four(value)
  return Math.abs(value) >= 1 ? divided(value, 1000, large) : multiplied(value)
}

export function humanize1024(value: number): string {
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? four(value) : divided(value, 1024, binary)
}

export const humanizePercentage = (value: number): string => `${four(value * 100)}%`

/** `1d 2h 3m 4s`, below a minute with four digits that count. Seconds. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds)
  if (seconds === 0) return "0s"
  if (Math.abs(seconds) < 1) return `${multiplied(seconds)}s`
  const sign = seconds < 0 ? "-" : ""
  const whole = Math.trunc(Math.abs(seconds))
  if (whole < 60) return `${sign}${four(Math.abs(seconds))}s`
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ] as const
  const first = parts.findIndex(([count]) => count !== 0)
  return (
    sign +
    parts
      .slice(first)
      .map(([count, unit]) => `${String(count)}${unit}`)
      .join(" ")
  )
}

function divided(value: number, step: number, prefixes: readonly string[]): string {
  let left = value
  let prefix = ""
  for (const next of prefixes) {
    if (Math.abs(left) < step) break
    prefix = next
    left /= step
  }
  return four(left) + prefix
}

function multiplied(value: number): string {
  let left = value
  let prefix = ""
  for (const next of small) {
    if (Math.abs(left) >= 1) break
    prefix = next
    left *= 1000
  }
  return four(left) + prefix
}
