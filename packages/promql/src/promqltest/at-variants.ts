import type { At, Expr } from "../parser/ast.ts"
import { parse } from "../parser/parser.ts"

/** A query, and a time (Unix milliseconds) at which its answer must be the same. */
export interface Variant {
  readonly query: string
  readonly time: number
}

/** Functions whose value depends on when they are asked, whatever their arguments are fixed to. */
const ofTheirTime = new Set([
  "days_in_month",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "end",
  "hour",
  "minute",
  "month",
  "predict_linear",
  "range",
  "start",
  "step",
  "time",
  "timestamp",
  "year",
])

/** The query with each selector fixed to `time` by `@`, which may then be asked at any time. None where it could not be. */
export function atVariants(query: string, time: number): Variant[] {
  const places = atPlaces(parse(query, { experimental: true }))
  if (places === undefined) return []
  let fixed = query
  for (const place of [...places].sort((a, b) => b - a))
    fixed = `${fixed.slice(0, place)} @ ${(time / 1000).toFixed(3)}${fixed.slice(place)}`
  const times = time === 0 ? [-1_000, 0, 1_000] : [-10 * time, 0, Math.trunc(time / 5), time, 10 * time]
  return times.map((at) => ({ query: fixed, time: at }))
}

/** Where selectors end that are not fixed yet; undefined when the query depends on its time in another way. */
export function atPlaces(expr: Expr): number[] | undefined {
  switch (expr.kind) {
    case "selector":
    case "subquery":
      // What is within a subquery is fixed by it.
      return unlessFixed(expr.at, expr.end)
    case "range":
      return unlessFixed(expr.selector.at, expr.end)
    case "call":
      return ofTheirTime.has(expr.name) ? undefined : ofAll(expr.args)
    case "aggregation":
      return ofAll(expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr])
    case "binary":
      return ofAll([expr.left, expr.right])
    case "unary":
    case "paren":
      return atPlaces(expr.expr)
    case "number":
    case "string":
      return []
  }
}

/** `@ start()` is another time in each of the variants. */
const unlessFixed = (at: At | undefined, end: number): number[] | undefined =>
  at === undefined ? [end] : typeof at === "number" ? [] : undefined

function ofAll(exprs: readonly Expr[]): number[] | undefined {
  const places: number[] = []
  for (const expr of exprs) {
    const found = atPlaces(expr)
    if (found === undefined) return undefined
    places.push(...found)
  }
  return places
}
