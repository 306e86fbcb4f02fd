import type { CheckResult } from "../api/types.ts"
import type { SerinError } from "../errors.ts"

export const good = (name: string, message: string): CheckResult => ({ name, ok: true, message })

export const bad = (name: string, { message, next }: Pick<SerinError, "message" | "next">): CheckResult => ({
  name,
  ok: false,
  message,
  next,
})
