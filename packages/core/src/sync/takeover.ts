import { appliedFields, union, without, type FieldPath, type FieldsEntry, type FieldSet } from "./fields.ts"
import { pointerParts } from "./pointer.ts"

/** Field managers of tools that applied manifests before Serin did. */
const legacyManagers = new Set([
  "kubectl-client-side-apply",
  "kubectl-create",
  "kubectl",
  "kustomize-controller",
  "helm-controller",
  "flux",
  "fluxd",
  "argocd-controller",
])

/**
 * The `managedFields` with which Serin takes the place of the tools before it and lets go of what is left to others; undefined
 * when nothing is to change. Without it, a field that Git drops would stay with its former owner, and a field that Git leaves
 * to others would vanish, since Serin alone owned it.
 */
export function takeOver(
  entries: readonly FieldsEntry[],
  manager: string,
  leftToOthers: readonly string[],
): readonly FieldsEntry[] | undefined {
  const legacy = entries.filter(
    (entry) =>
      legacyManagers.has(entry.manager ?? "") && entry.subresource === undefined && entry.fieldsV1 !== undefined,
  )
  const own = appliedFields(entries, manager)
  const taken = legacy.reduce((fields, entry) => union(fields, entry.fieldsV1 as FieldSet), own)
  const left = leftToOthers.reduce((fields, pointer) => without(fields, asFieldPath(pointer)), taken)
  if (legacy.length === 0 && left === own) return undefined
  const isOwn = (entry: FieldsEntry) =>
    entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined
  const sample = entries.find(isOwn) ?? legacy[0]
  const others = entries.filter((entry) => !isOwn(entry) && !legacy.includes(entry))
  if (!sample || Object.keys(left).length === 0) return others
  return [...others, { ...sample, manager, operation: "Apply", fieldsType: "FieldsV1", fieldsV1: left }]
}

/** Lists by index have no counterpart in a field set; their paths change nothing. */
function asFieldPath(pointer: string): FieldPath {
  return pointerParts(pointer).map((part) => `f:${part}`)
}
