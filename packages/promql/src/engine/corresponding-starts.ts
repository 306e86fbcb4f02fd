import type { Expr } from "../parser/ast.ts"

/** The starts of an expression's parts, each with that of the same part of another one that means the same. */
export function correspondingStarts(one: Expr, other: Expr): Map<number, number> {
  const starts = new Map<number, number>()
  const visit = (a: Expr, b: Expr): void => {
    if (a.kind === "paren") return visit(a.expr, b)
    if (b.kind === "paren") return visit(a, b.expr)
    if (!starts.has(a.start)) starts.set(a.start, b.start)
    const parts = expressionsIn(a)
    const others = expressionsIn(b)
    parts.forEach((part, index) => {
      const same = others[index]
      if (same !== undefined) visit(part, same)
    })
  }
  visit(one, other)
  return starts
}

function expressionsIn(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "paren":
    case "unary":
    case "subquery":
      return [expr.expr]
    case "binary":
      return [expr.left, expr.right]
    case "aggregation":
      return expr.parameter === undefined ? [expr.expr] : [expr.expr, expr.parameter]
    case "call":
      return expr.args
    default:
      return []
  }
}
