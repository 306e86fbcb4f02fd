import { badParameter } from "./api-error.ts"
import { Annotated } from "./context.ts"

export const truncated = "results truncated due to limit"

/** How many to answer at most; undefined: all. */
export function limitOf(parameters: URLSearchParams): number | undefined {
  const text = parameters.get("limit") ?? ""
  if (text === "") return undefined
  if (!/^[+-]?\d+$/.test(text))
    throw badParameter("limit", `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  if (Number(text) < 0) throw badParameter("limit", "limit must be non-negative")
  return Number(text) === 0 ? undefined : Number(text)
}

/** As many as wanted, with a warning if there were more. */
export const limited = (items: readonly unknown[], limit: number | undefined): unknown =>
  limit !== undefined && items.length > limit ? new Annotated(items.slice(0, limit), [truncated]) : items
