import type { Schema } from "../schema/index.ts"
import { compare, type Comparison } from "./compare.ts"
import type { Conflict } from "./conflicts.ts"
import {
  difference,
  fieldPaths,
  intersection,
  isEmpty,
  paths,
  recursiveDifference,
  union,
  type FieldSet,
} from "./field-set.ts"
import { compareText, type Managed, type Ownership } from "./managed.ts"

/** What never has an owner. */
const identity = fieldPaths(
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ["metadata", "name"],
  ["metadata", "namespace"],
  ["metadata", "creationTimestamp"],
  ["metadata", "selfLink"],
  ["metadata", "uid"],
  ["metadata", "clusterName"],
  ["metadata", "generation"],
  ["metadata", "managedFields"],
  ["metadata", "resourceVersion"],
)

export function withoutIdentity(set: FieldSet): FieldSet {
  return difference(set, identity)
}

/** How the write changed the object, apart from the fields that the server puts back. */
export function changes(schema: Schema, before: unknown, after: unknown, reset: FieldSet): Comparison {
  const { added, modified, removed } = compare(schema, before, after)
  return {
    added: recursiveDifference(added, reset),
    modified: recursiveDifference(modified, reset),
    removed: recursiveDifference(removed, reset),
  }
}

/** What managers other than `writer` own of what was changed or added, in a stable order. */
export function conflictsWith(managed: Managed, writer: string, { added, modified }: Comparison): Conflict[] {
  const touched = union(added, modified)
  return [...managed]
    .filter(([key]) => key !== writer)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, manager]) => paths(intersection(manager.fields, touched)).map((path) => ({ manager, path })))
}

/** The other managers lose what was changed or removed under them; who owns nothing any more is gone. */
export function released(managed: Managed, writer: string, { added, modified, removed }: Comparison): Managed {
  const lost = union(union(added, modified), removed)
  const result = new Map<string, Ownership>()
  for (const [key, ownership] of managed) {
    const fields = key === writer ? ownership.fields : difference(ownership.fields, lost)
    if (!isEmpty(fields)) result.set(key, { ...ownership, fields })
  }
  return result
}
