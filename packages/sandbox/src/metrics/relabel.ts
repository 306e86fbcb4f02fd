import { anchored, Labels } from "@serin/promql"
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
  .refine(({ action, modulus }) => action !== "hashmod" || modulus !== undefined, {
    message: "hashmod needs a modulus",
  })
  .transform((rule) => ({ ...rule, pattern: anchored(rule.regex) }))

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
      return rule.pattern.test(value) ? labels : undefined
    case "drop":
      return rule.pattern.test(value) ? undefined : labels
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
        const match = rule.pattern.exec(name)
        return match ? result.with(expand(rule.replacement, match), labelValue) : result
      }, labels)
    case "labeldrop":
      return Labels.from(labels.pairs.filter(([name]) => !rule.pattern.test(name)))
    case "labelkeep":
      return Labels.from(labels.pairs.filter(([name]) => rule.pattern.test(name)))
    case "replace": {
      const match = rule.pattern.exec(value)
      return match ? labels.with(expand(target, match), expand(rule.replacement, match)) : labels
    }
  }
}

/** Go's `Expand`: `$1`, `${1}`, `${name}`. */
export function expand(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\$(?:(\d+)|\{(\w+)\}|([a-zA-Z_]\w*))/g,
    (_, digits?: string, braced?: string, named?: string) => {
      const name = digits ?? braced ?? named ?? ""
      return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ""
    },
  )
}
