import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from "../types.gen.ts"

export function acceptedStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus {
  const taken = others.some(
    (other) =>
      other.spec.group === definition.spec.group && other.status?.acceptedNames?.kind === definition.spec.names.kind,
  )
  if (definition.status?.conditions?.length) return definition.status
  if (taken) return definition.status ?? {}
  return {
    ...definition.status,
    acceptedNames: definition.spec.names,
    conditions: [
      {
        type: "NamesAccepted",
        status: "True",
        reason: "NoConflicts",
        message: "no conflicts found",
        lastTransitionTime: now,
      },
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
        lastTransitionTime: now,
      },
    ],
  }
}
