import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from "../types.gen.ts"

type Conflict = Pick<CustomResourceDefinitionCondition, "reason" | "message">

/**
 * The status of a definition among the others, which were there before it: names that another one of its group has are
 * not accepted, and it is served once all are. Conditions keep their time until their status changes.
 */
export function acceptedStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus {
  const { names, conflict } = accept(definition, namesOf(definition, others))
  const before = definition.status?.conditions ?? []
  const isEstablished = before.some(({ type, status }) => type === "Established" && status === "True")
  const accepted: CustomResourceDefinitionCondition =
    conflict === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", ...conflict }
  const message = "the initial names have been accepted"
  const established: CustomResourceDefinitionCondition =
    conflict === undefined || isEstablished
      ? { type: "Established", status: "True", reason: "InitialNamesAccepted", message }
      : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" }
  const conditions = [accepted, established].map((condition) => {
    const known = before.find(({ type }) => type === condition.type)
    const lastTransitionTime = known?.status === condition.status ? (known.lastTransitionTime ?? now) : now
    return { ...condition, lastTransitionTime }
  })
  const rest = before.filter(({ type }) => type !== "NamesAccepted" && type !== "Established")
  return { ...definition.status, acceptedNames: names, conditions: [...conditions, ...rest] }
}

interface Taken {
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

/** What the other definitions of the group have for themselves. */
function namesOf({ spec }: CustomResourceDefinition, others: readonly CustomResourceDefinition[]): Taken {
  const names = others
    .filter((other) => other.spec.group === spec.group)
    .flatMap(({ status }) => (status?.acceptedNames === undefined ? [] : [status.acceptedNames]))
  return {
    resources: new Set(
      names.flatMap(({ plural, singular, shortNames }) => [plural, singular ?? "", ...(shortNames ?? [])]),
    ),
    kinds: new Set(names.flatMap(({ kind, listKind }) => [kind, listKind ?? ""])),
  }
}

/** A name that is taken leaves the accepted one as it was; of several conflicts the last is told. */
function accept(
  { spec: { names }, status }: CustomResourceDefinition,
  taken: Taken,
): { readonly names: CustomResourceDefinitionNames; readonly conflict: Conflict | undefined } {
  let accepted: CustomResourceDefinitionNames = status?.acceptedNames ?? { plural: "", kind: "" }
  let conflict: Conflict | undefined
  const consider = (reason: string, used: ReadonlySet<string>, part: Partial<CustomResourceDefinitionNames>): void => {
    const clashes = Object.values(part)
      .flat()
      .filter((name) => name !== "" && used.has(name))
    if (clashes.length === 0) accepted = { ...accepted, ...part }
    else conflict = { reason, message: clashes.map((name) => `${JSON.stringify(name)} is already in use`).join(", ") }
  }
  const { plural, singular, shortNames, kind, listKind, categories } = names
  consider("PluralConflict", taken.resources, { plural })
  if (singular !== undefined) consider("SingularConflict", taken.resources, { singular })
  if (shortNames !== undefined) consider("ShortNamesConflict", taken.resources, { shortNames })
  consider("KindConflict", taken.kinds, { kind })
  if (listKind !== undefined) consider("ListKindConflict", taken.kinds, { listKind })
  return { names: { ...accepted, ...(categories === undefined ? {} : { categories }) }, conflict }
}
