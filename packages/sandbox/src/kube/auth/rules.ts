import type { PolicyRule } from "../types.gen.ts"
import type { Attributes } from "./attributes.ts"

/** Whether one rule of a role allows what is asked for. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false
  if ("path" in attributes) return (rule.nonResourceURLs ?? []).some((url) => pathMatches(url, attributes.path))
  const { group, resource, subresource, name } = attributes
  const what = subresource === "" ? resource : `${resource}/${subresource}`
  return (
    includes(rule.apiGroups ?? [], group) &&
    (includes(rule.resources ?? [], what) ||
      (subresource !== "" && (rule.resources ?? []).includes(`*/${subresource}`))) &&
    ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(name))
  )
}

const includes = (allowed: readonly string[], asked: string): boolean =>
  allowed.includes("*") || allowed.includes(asked)

const pathMatches = (pattern: string, path: string): boolean =>
  pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, "")))
