import { InvalidArgumentError } from "commander"

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds of a duration as Prometheus writes them: `15s`, `1h30m`. For an option. */
export function parseSeconds(text: string): number {
  if (!/^(\d+(ms|[smhd]))+$/.test(text)) throw new InvalidArgumentError("Write a duration, e.g. 15s, 5m or 1h30m.")
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) total += Number(amount) * (units[unit ?? ""] ?? 0)
  if (total === 0) throw new InvalidArgumentError("Write a duration above 0.")
  return total
}

/** For options that count: a whole number from `least` up. */
export function parseWhole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === "" || !Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Write a whole number from ${least} up.`)
    return value
  }
}
