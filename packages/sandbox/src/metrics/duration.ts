import { parseDuration } from "@serin/promql"
import { z } from "zod"

/** `1m30s` in a configuration, in milliseconds. */
export const duration = z.union([z.string(), z.literal(0)]).transform((text, context) => {
  const value = parseDuration(String(text))
  if (value === undefined)
    context.addIssue({ code: "custom", message: `not a valid duration string: ${JSON.stringify(text)}` })
  return value ?? 0
})

/** One that is left out if it is 0, as Prometheus takes intervals and timeouts. */
export const interval = duration.transform((value) => (value === 0 ? undefined : value))
