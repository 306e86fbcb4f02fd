import { z } from "zod"

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const FORM = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/

/** Milliseconds of `30s`, `500ms`, `1h30m`; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!FORM.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * unitMs[unit as keyof typeof unitMs]
  return total
}

/** A duration for people: `500 ms`, `1.5 s`, `30 s`, `10 min`. */
export function describeDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(1))} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Number((ms / 3_600_000).toFixed(1))} h`
}

/** A duration for PromQL, to the millisecond: `5s`, `500ms`. */
export function promDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`
}

/** A duration in a manifest, as milliseconds above zero. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  context.addIssue({ code: "custom", message: `“${text}” is no duration; write one like 30s, 500ms or 1h30m` })
  return z.NEVER
})
