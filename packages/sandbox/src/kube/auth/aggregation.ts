import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import { labelSelectorOf } from "../selectors/index.ts"
import type { ClusterRole, PolicyRule } from "../types.gen.ts"

/** The cluster roles whose rules are gathered from others and are not what they should be, with their new rules. */
export function outdatedAggregations(objects: readonly KubeObject[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const roles = objects as unknown as readonly ClusterRole[]
  const outdated = new Map<string, readonly PolicyRule[]>()
  for (const role of roles) {
    if (role.aggregationRule === undefined) continue
    const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map(labelSelectorOf)
    const rules: PolicyRule[] = []
    for (const selects of selectors)
      for (const source of roles) {
        if (source.metadata.name === role.metadata.name || !selects(source.metadata.labels ?? {})) continue
        for (const rule of source.rules ?? []) if (!rules.some((known) => equalJson(known, rule))) rules.push(rule)
      }
    if (!equalJson(rules, role.rules ?? [])) outdated.set(role.metadata.name ?? "", rules)
  }
  return outdated
}
