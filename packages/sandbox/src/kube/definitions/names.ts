import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../types.gen.ts"
import { follows } from "../validation/checks.ts"
import { invalidValue, required, type FieldError } from "../validation/errors.ts"
import { dns1035Label, dnsSubdomain, type Rule } from "../validation/names.ts"

/** A definition is named after what it defines. */
export const definitionName =
  ({ spec }: CustomResourceDefinition): Rule =>
  (name) => [
    ...dnsSubdomain(name),
    ...(name === `${spec.names.plural}.${spec.group}` ? [] : [`must be spec.names.plural+"."+spec.group`]),
  ]

const approval = "api-approved.kubernetes.io"

export function* checkGroup({ metadata, spec }: CustomResourceDefinition): Iterable<FieldError> {
  const { group } = spec
  if (group === "") yield required("spec.group")
  else if (dnsSubdomain(group).length > 0) yield* follows(dnsSubdomain, "spec.group", group)
  else if (!group.includes(".")) yield invalidValue("spec.group", group, "should be a domain with at least one dot")
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group)
  if (isProtected && (metadata.annotations?.[approval] ?? "") === "") {
    yield required(
      `metadata.annotations[${approval}]`,
      `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`,
    )
  }
}

/** Kinds are written in mixed case. */
const mixedCase: Rule = (value) =>
  dns1035Label(value.toLowerCase()).map((problem) => `may have mixed case, but should otherwise match: ${problem}`)

export function* checkNames(names: CustomResourceDefinitionNames): Iterable<FieldError> {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names
  const single: readonly (readonly [string, string | undefined, Rule])[] = [
    ["plural", plural, dns1035Label],
    ["singular", singular, dns1035Label],
    ["kind", kind, mixedCase],
    ["listKind", listKind, mixedCase],
  ]
  for (const [field, value, rule] of single) {
    if (value === undefined || value === "") yield required(`spec.names.${field}`)
    else yield* follows(rule, `spec.names.${field}`, value)
  }
  for (const [index, name] of shortNames.entries())
    yield* follows(dns1035Label, `spec.names.shortNames[${index}]`, name)
  if (kind !== "" && kind === listKind) {
    yield invalidValue("spec.names.listKind", listKind, "kind and listKind may not be the same")
  }
  for (const [index, name] of categories.entries())
    yield* follows(dns1035Label, `spec.names.categories[${index}]`, name)
}
