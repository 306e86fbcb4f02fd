import { expand, Labels, RegexpError, submatches, wholeMatch } from "@serin/promql"
import { z } from "zod"
import { hashModulo } from "./relabel-hash.ts"

/** One rule of `relabel_configs` or `metric_relabel_configs` (Prometheus, "relabel_config"). */
export const relabelRule = z
  .strictObject({
    source_labels: z.array(z.string()).default([]),
    separator: z.string().default(";"),
    target_label: z.string().optional(),
    regex: z.union([z.string(), z.number(), z.boolean()]).transform(String).default("(.*)"),
    replacement: z.union([z.string(), z.number()]).transform(String).default("$1"),
    modulus: z.number().int().positive().optional(),
    action: z
      .enum([
        "replace",
        "keep",
        "drop",
        "labelmap",
        "labeldrop",
        "labelkeep",
        "hashmod",
        "lowercase",
        "uppercase",
        "keepequal",
        "dropequal",
      ])
      .default("replace"),
  })
  .superRefine((rule, context) => {
    const message = mistakeIn(rule)
    if (message !== undefined) context.addIssue({ code: "custom", message })
  })
  .transform((rule) => ({ ...rule, matches: wholeMatch(rule.regex), groupsIn: submatches(rule.regex) }))

interface Written {
  readonly action: string
  readonly source_labels: readonly string[]
  readonly target_label?: string | undefined
  readonly modulus?: number | undefined
  readonly regex: string
  readonly replacement: string
}

/** What an action needs, and must not have (Prometheus, "relabel_config"). */
function mistakeIn({ action, source_labels, target_label, modulus, regex, replacement }: Written): string | undefined {
  if (action === "hashmod" && modulus === undefined)
    return "relabel configuration for hashmod requires non-zero modulus"
  const needsTarget = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"].includes(action)
  if (needsTarget && (target_label ?? "") === "")
    return `relabel configuration for ${action} action requires 'target_label' value`
  const isDefault = regex === "(.*)" && replacement === "$1" && modulus === undefined
  if (["keepequal", "dropequal"].includes(action) && !isDefault)
    return `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`
  const hasMore =
    source_labels.length > 0 || (target_label ?? "") !== "" || modulus !== undefined || replacement !== "$1"
  if (["labeldrop", "labelkeep"].includes(action) && hasMore)
    return `${action} action requires only 'regex', and no other fields`
  return mistakeInPattern(regex)
}

function mistakeInPattern(regex: string): string | undefined {
  try {
    wholeMatch(regex)
    return undefined
  } catch (error) {
    if (error instanceof RegexpError) return error.message
    throw error
  }
}

export type RelabelRule = z.output<typeof relabelRule>

/** The labels after all rules, or undefined when a rule drops the target or sample. */
export function relabel(given: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  let labels = given
  for (const rule of rules) {
    const next = applyRule(labels, rule)
    if (next === undefined) return undefined
    labels = next
  }
  return labels
}

function applyRule(labels: Labels, rule: RelabelRule): Labels | undefined {
  const value = rule.source_labels.map((name) => labels.get(name)).join(rule.separator)
  const target = rule.target_label ?? ""
  switch (rule.action) {
    case "keep":
      return rule.matches(value) ? labels : undefined
    case "drop":
      return rule.matches(value) ? undefined : labels
    case "keepequal":
      return labels.get(target) === value ? labels : undefined
    case "dropequal":
      return labels.get(target) === value ? undefined : labels
    case "lowercase":
      return labels.with(target, value.toLowerCase())
    case "uppercase":
      return labels.with(target, value.toUpperCase())
    case "hashmod":
      return labels.with(target, hashModulo(value, rule.modulus ?? 1))
    case "labelmap":
      return labels.pairs.reduce((result, [name, labelValue]) => {
        const groups = rule.groupsIn(name)
        return groups ? result.with(expand(rule.replacement, groups), labelValue) : result
      }, labels)
    case "labeldrop":
      return Labels.from(labels.pairs.filter(([name]) => !rule.matches(name)))
    case "labelkeep":
      return Labels.from(labels.pairs.filter(([name]) => rule.matches(name)))
    case "replace": {
      const groups = rule.groupsIn(value)
      const name = groups ? expand(target, groups) : ""
      return groups && name !== "" ? labels.with(name, expand(rule.replacement, groups)) : labels
    }
  }
}
