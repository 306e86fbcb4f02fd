import type { Binary, Call, Expr, Matcher, ValueType, VectorSelector } from "./ast.ts"
import { matchesNothing } from "../regexp/regexp.ts"
import { PromqlParseError } from "./parse-error.ts"
import { aggregations, signatures } from "./signatures.ts"
import { typeName } from "./words.ts"

export const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<=", "<", ">=", ">"])
const setOperators = new Set(["and", "or", "unless"])

/** Whether the types of a whole query agree. It is asked last: what does not parse is told first. Throws PromqlParseError. */
export function check(query: string, expr: Expr): void {
  /** Selectors that need not select anything. */
  const bare = new Set<Expr>()
  const fail = (offset: number, reason: string): never => {
    throw new PromqlParseError(query, offset, reason)
  }
  const expect = (part: Expr, type: ValueType, where: string): void => {
    visit(part)
    if (part.type !== type) {
      fail(part.start, `expected type ${typeName(type)} in ${where}, got ${typeName(part.type)}`)
    }
  }
  const visit = (part: Expr): void => {
    switch (part.kind) {
      case "number":
      case "string":
        return
      case "paren":
        return visit(part.expr)
      case "selector":
        return selector(part)
      case "range":
        return selector(part.selector)
      case "subquery":
        visit(part.expr)
        if (part.expr.type !== "vector")
          fail(part.start, `subquery is only allowed on instant vector, got ${part.expr.type} instead`)
        return
      case "unary":
        visit(part.expr)
        if (part.type !== "scalar" && part.type !== "vector")
          fail(
            part.start,
            `unary expression only allowed on expressions of type scalar or instant vector, got "${typeName(part.type)}"`,
          )
        return
      case "aggregation": {
        expect(part.expr, "vector", "aggregation expression")
        const wanted = aggregations.get(part.op)
        if (part.parameter !== undefined && wanted !== undefined)
          expect(part.parameter, wanted, "aggregation parameter")
        return
      }
      case "call":
        return call(part)
      case "binary":
        return binary(part)
    }
  }
  const selector = (part: VectorSelector): void => {
    const [name, ...others] = part.matchers
    const second = part.named ? others.find(({ label }) => label === "__name__") : undefined
    if (second !== undefined)
      fail(
        part.start,
        `metric name must not be set twice: ${JSON.stringify(name?.value)} or ${JSON.stringify(second.value)}`,
      )
    if (!part.named && !bare.has(part) && part.matchers.every(matchesEmpty))
      fail(part.start, "vector selector must contain at least one non-empty matcher")
  }
  const call = (part: Call): void => {
    const { args, least, most } = signatures.get(part.name) ?? { args: [], least: 0, most: 0 }
    const given = part.args.length
    const words = (bound: string): string =>
      `expected ${bound} argument(s) in call to ${JSON.stringify(part.name)}, got ${given}`
    if (least === most && given !== least) fail(part.start, words(String(least)))
    if (given < least) fail(part.start, words(`at least ${least}`))
    if (given > most) fail(part.start, words(`at most ${most}`))
    const [, labels] = part.args
    if (part.name === "info" && labels !== undefined) infoLabels(part, labels)
    part.args.forEach((arg, index) =>
      expect(arg, args[Math.min(index, args.length - 1)] ?? "vector", `call to function ${JSON.stringify(part.name)}`),
    )
  }
  /** The second argument of `info` looks like a selector, but only says which labels are wanted. */
  const infoLabels = (part: Call, labels: Expr): void => {
    if (labels.type !== "vector")
      fail(part.start, `expected type instant vector in call to function "info", got ${typeName(labels.type)}`)
    if (labels.kind !== "selector") fail(labels.start, "expected label selectors only")
    else if (labels.named) fail(labels.start, "expected label selectors only, got vector selector instead")
    else bare.add(labels)
  }
  const binary = (part: Binary): void => {
    const { left, right, op, matching } = part
    visit(left)
    visit(right)
    const operator = left.end + (/^\s*/.exec(query.slice(left.end))?.[0].length ?? 0)
    if (part.bool && !comparisons.has(op)) fail(operator, "bool modifier can only be used on comparison operators")
    if (comparisons.has(op) && !part.bool && left.type === "scalar" && right.type === "scalar")
      fail(operator, "comparisons between scalars must use BOOL modifier")
    const included = new Set(matching.include)
    const both = matching.on ? matching.labels.find((label) => included.has(label)) : undefined
    if (both !== undefined)
      fail(operator, `label ${JSON.stringify(both)} must not occur in ON and GROUP clause at once`)
    for (const side of [left, right]) {
      if (side.type !== "scalar" && side.type !== "vector")
        fail(side.start, "binary expression must contain only scalar and instant vector types")
    }
    const vectors = left.type === "vector" && right.type === "vector"
    const fills = matching.fill.left !== undefined || matching.fill.right !== undefined
    if (!vectors && matching.labels.length > 0) fail(part.start, "vector matching only allowed between instant vectors")
    if (!vectors && fills) fail(part.start, "filling in missing series only allowed between instant vectors")
    if (!setOperators.has(op)) return
    if (vectors && matching.card !== "many-to-many")
      fail(part.start, `no grouping allowed for ${JSON.stringify(op)} operation`)
    if (vectors && fills) fail(part.start, "filling in missing series not allowed for set operators")
    if (!vectors) fail(part.start, `set operator ${JSON.stringify(op)} not allowed in binary scalar expression`)
  }
  visit(expr)
}

/** A selector needs one matcher that some series cannot satisfy by lacking the label. */
function matchesEmpty({ op, value }: Matcher): boolean {
  if (op === "=" || op === "!=") return (value === "") === (op === "=")
  return matchesNothing(value) === (op === "=~")
}
