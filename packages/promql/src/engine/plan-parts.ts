import type { Plan, SelectorPlan } from "./plan.ts"

/** Which parts are evaluated more than once unless their value is kept. */
export function sharedParts(root: Plan): ReadonlySet<number> {
  const seen = new Set<number>()
  const shared = new Set<number>()
  const visit = (node: Plan): void => {
    if (node.kind === "constant" || node.kind === "string") return
    if (seen.has(node.id)) {
      shared.add(node.id)
      return
    }
    seen.add(node.id)
    for (const part of partsOf(node)) visit(part)
  }
  visit(root)
  return shared
}

/** Whether the same series are selected by several selectors of a query. */
export function selectedAgain(root: Plan): (selector: Pick<SelectorPlan, "matchers">) => boolean {
  const counts = new Map<string, number>()
  const visit = (node: Plan): void => {
    const selector = node.kind === "range" ? node.selector : node.kind === "selector" ? node : undefined
    if (selector !== undefined) {
      const key = JSON.stringify(selector.matchers)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    for (const part of partsOf(node)) visit(part)
  }
  visit(root)
  return ({ matchers }) => (counts.get(JSON.stringify(matchers)) ?? 0) > 1
}

/** What a part of a query is made of. */
export function partsOf(node: Plan): readonly Plan[] {
  switch (node.kind) {
    case "negation":
    case "invariant":
    case "subquery":
      return [node.of]
    case "aggregation":
      return node.parameter === undefined ? [node.of] : [node.of, node.parameter]
    case "binary":
      return [node.left, node.right]
    case "call":
      return node.args
    default:
      return []
  }
}
