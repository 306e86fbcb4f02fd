import {
  appliedFields,
  describePath,
  differences,
  touches,
  view,
  type FieldPath,
  type FieldsEntry,
  type FieldSet,
} from "./fields.ts"

/** What we know of an object since we last applied it: our fields, and what the API answered in them. */
export interface Applied {
  readonly fields: FieldSet
  readonly view: unknown
}

export interface Drift {
  /** `spec.http`, `metadata.labels.app`, … */
  readonly paths: readonly string[]
  /** The field manager that changed it, as well as managedFields can tell. */
  readonly who: string
}

interface Live {
  readonly metadata: { readonly managedFields?: readonly FieldsEntry[] }
}

/** What an apply answered, as the state that drift is measured against: defaults and webhooks' changes are in it. */
export function appliedState(answer: Live, manager: string): Applied {
  const fields = appliedFields(answer.metadata.managedFields, manager)
  return { fields, view: view(answer, fields) }
}

/** How a live object differs from what our last apply left, in the fields that were ours then; undefined: not at all. */
export function driftOf(applied: Applied, live: Live, manager: string): Drift | undefined {
  const paths = differences(applied.view, view(live, applied.fields))
  if (paths.length === 0) return undefined
  return { paths: paths.map(describePath), who: culprit(live.metadata.managedFields ?? [], paths, manager) }
}

function culprit(entries: readonly FieldsEntry[], paths: readonly FieldPath[], manager: string): string {
  const others = entries.filter((entry) => entry.manager !== manager && entry.subresource !== "status")
  const touching = others.filter((entry) => paths.some((path) => touches((entry.fieldsV1 ?? {}) as FieldSet, path)))
  // A removed field has no owner; then whoever wrote last is the likeliest.
  const candidates = touching.length > 0 ? touching : others
  const [latest] = candidates.toSorted((a, b) => (b.time ?? "").localeCompare(a.time ?? ""))
  return latest?.manager ?? "unknown"
}
