import { equalJson, isRecord, type Json, valueAt, withValue } from "../json.ts"
import { inOrder } from "../apply/index.ts"
import type { ManagedFieldsEntry } from "../types.gen.ts"

/** A manager's fields that are the replicas and nothing else. */
const REPLICAS_OF_SCALE = { "f:spec": { "f:replicas": {} } }

/** Who owns the replicas of an object, as a Scale states it. */
export function ownersOfScale(
  entries: readonly ManagedFieldsEntry[],
  replicas: readonly string[],
): ManagedFieldsEntry[] {
  return distinct(entries)
    .filter((entry) => ownsReplicas(entry, replicas))
    .map((entry) => ({ ...entry, apiVersion: "autoscaling/v1", fieldsV1: REPLICAS_OF_SCALE }))
}

/**
 * The owners of an object after those of its scale have become `owners`. As on the real server, who is new among them
 * has no time, and an entry of an update counts as new, since the versions of a Scale and of its object differ.
 */
export function ownersOfParent(
  entries: readonly ManagedFieldsEntry[],
  owners: readonly ManagedFieldsEntry[],
  replicas: readonly string[],
  apiVersion: string,
): ManagedFieldsEntry[] {
  const left = [...owners]
  const kept: ManagedFieldsEntry[] = []
  for (const entry of distinct(entries)) {
    const still = left.findIndex((owner) => sameManager(owner, entry))
    if (still >= 0) left.splice(still, 1)
    const result = still >= 0 || !ownsReplicas(entry, replicas) ? entry : withoutReplicas(entry, replicas)
    if (Object.keys(result.fieldsV1 ?? {}).length > 0) kept.push(result)
  }
  const added = left
    .filter(({ fieldsV1 }) => valueAt(fieldsV1, "f:spec", "f:replicas") !== undefined)
    .map((owner) => ({ ...withValue(owner, ["time"], undefined), apiVersion, fieldsV1: fieldSet(replicas) }))
  return inOrder([...kept, ...added])
}

/** Of several entries of one manager, which a write of a Scale may leave, the last counts. */
function distinct(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  return entries.filter((entry, index) => !entries.slice(index + 1).some((later) => sameManager(entry, later)))
}

function ownsReplicas({ fieldsV1 }: ManagedFieldsEntry, replicas: readonly string[]): boolean {
  return valueAt(fieldsV1, ...replicas.map((field) => `f:${field}`)) !== undefined
}

function sameManager(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  const versions = a.operation === "Apply" || a.apiVersion === b.apiVersion
  return versions && a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource
}

function withoutReplicas(entry: ManagedFieldsEntry, replicas: readonly string[]): ManagedFieldsEntry {
  const path = replicas.map((field) => `f:${field}`)
  let fields: Json = withValue(entry.fieldsV1 ?? {}, path, undefined)
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const parent = path.slice(0, depth)
    if (equalJson(valueAt(fields, ...parent), {})) fields = withValue(fields, parent, undefined)
  }
  return { ...entry, fieldsV1: fields }
}

function fieldSet(path: readonly string[]): Json {
  const [field, ...rest] = path
  const inner = rest.length === 0 ? {} : fieldSet(rest)
  return { [`f:${field ?? ""}`]: isRecord(inner) ? inner : {} }
}
