import { partsOf } from "./plan-parts.ts"
import type { Plan, SelectorPlan, SubqueryPlan } from "./plan.ts"

/** Which times a selector looks at. */
type Reference = Pick<SelectorPlan, "at" | "offset">

/** The times that all selectors of a vector look at; undefined where they differ, or one part has none. */
export function referenceOf(root: Plan): Reference | undefined {
  const found: Reference[] = []
  let withoutReference = false
  const visit = (node: Plan, outer: readonly SubqueryPlan[]): boolean => {
    if (node.expr.type !== "vector" && node.expr.type !== "matrix") return false
    const selector = node.kind === "range" ? node.selector : node.kind === "selector" ? node : undefined
    if (selector !== undefined) {
      found.push(shifted(selector, outer))
      return true
    }
    const within = node.kind === "subquery" ? [node, ...outer] : outer
    const parts = node.kind === "call" && node.expr.name === "info" ? node.args.slice(0, 1) : partsOf(node)
    const refers = parts.map((part) => visit(part, within)).includes(true)
    if (!refers) withoutReference = true
    return refers
  }
  visit(root, [])
  const [first] = found
  return first !== undefined && !withoutReference && found.every((one) => sameTimes(one, first)) ? first : undefined
}

/** Subqueries around a selector shift it, up to the first of them that is fixed. */
function shifted({ at, offset }: Reference, outer: readonly SubqueryPlan[]): Reference {
  let reference = { at, offset }
  for (const subquery of outer) {
    if (reference.at !== undefined) break
    reference = { at: subquery.at, offset: reference.offset + subquery.offset }
  }
  return reference
}

const sameTimes = (a: Reference, b: Reference): boolean =>
  a.at === undefined || b.at === undefined
    ? a.at === b.at && a.offset === b.offset
    : a.at - a.offset === b.at - b.offset
