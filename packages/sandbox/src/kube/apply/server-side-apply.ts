import { ApiError, type KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { Schema, StructSchema } from "../schema/index.ts"
import { problemsOf } from "./check.ts"
import { conflictError, type Conflict } from "./conflicts.ts"
import {
  difference,
  emptySet,
  has,
  intersection,
  isEmpty,
  recursiveDifference,
  union,
  withNamedFields,
  type FieldSet,
} from "./field-set.ts"
import { fieldsOf, withoutFields } from "./fields-of.ts"
import { appliedByClient, withLastApplied } from "./last-applied.ts"
import { identify, parseManaged, withManaged, withoutManaged, type Managed, type Manager } from "./managed.ts"
import { merge } from "./merge.ts"
import { changes, conflictsWith, released, withoutIdentity } from "./ownership.ts"
import { resetFieldsOf, updated, zeroOf } from "./track-update.ts"

export interface Apply {
  /** The stored object; undefined when the apply creates it. */
  readonly live?: KubeObject | undefined
  /** The configuration as the client sent it: neither decoded nor defaulted, or the client would own all defaults. */
  readonly applied: KubeObject
  readonly manager: string
  readonly force: boolean
  readonly schema: StructSchema
  /** RFC 3339, whole seconds. */
  readonly now: string
  readonly subresource?: string
  /** See `Write.statusSubresource`. */
  readonly statusSubresource?: boolean
}

export type Applied =
  { readonly object: KubeObject } | { readonly conflicts: readonly Conflict[]; readonly error: ApiError }

/**
 * Server-side apply: merges the configuration into the live object by the schema, removes what the manager applied
 * before and no longer does (unless another one owns it), and records who owns what. The result has still to be
 * decoded and defaulted. Fields with another owner and another value are conflicts unless `force` takes them over.
 * @throws ApiError 400 or 500 for a configuration that does not fit the schema
 */
export function serverSideApply(request: Apply): Applied {
  const { live, applied, manager, force, schema } = request
  check(request)
  const first = attempt(request, force)
  if ("object" in first || manager !== "kubectl" || live === undefined) return first
  // kubectl takes over what it applied from the client side before.
  const own = appliedByClient(schema, live)
  const others = first.conflicts.filter(({ path }) => !has(own, path))
  if (others.length > 0) return { conflicts: others, error: conflictError(others) }
  return attempt({ ...request, applied }, true)
}

function check({ applied, live, schema }: Apply): void {
  if (live !== undefined && (applied.apiVersion !== live.apiVersion || applied.kind !== live.kind)) {
    throw new ApiError(400, "BadRequest", `invalid object type: ${kindOf(applied)}`)
  }
  if (applied.metadata.managedFields !== undefined && applied.metadata.managedFields !== null) {
    throw new ApiError(400, "BadRequest", "metadata.managedFields must be nil")
  }
  const problems = problemsOf(schema, applied)
  if (problems === undefined) return
  const { namespace = "", name = "" } = applied.metadata
  const message = `failed to create typed patch object (${namespace}/${name}; ${kindOf(applied)}): ${problems}`
  throw new ApiError(500, "", message)
}

/** `/v1, Kind=Pod` for the core group. */
const kindOf = ({ apiVersion, kind }: KubeObject): string =>
  `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`

function attempt(request: Apply, force: boolean): Applied {
  const { applied, manager, schema, now, subresource = "" } = request
  const stored = request.live ?? zeroOf(schema, applied)
  const live = withoutManaged(stored)
  const writer: Manager = { manager, operation: "Apply", apiVersion: applied.apiVersion, subresource }
  const key = identify(writer)
  const reset = resetFieldsOf({ ...request, after: applied }, subresource)

  const managed = new Map(managersOf(request, stored))
  const last = managed.get(key)?.fields ?? emptySet
  const fields = recursiveDifference(fieldsOf(schema, applied), reset)
  managed.set(key, { ...writer, fields, time: managed.get(key)?.time })

  const merged = prune(schema, merge(schema, live, applied), last, ownedByAny(managed)) as KubeObject
  const comparison = changes(schema, live, merged, reset)
  const conflicts = force ? [] : conflictsWith(managed, key, comparison)
  if (conflicts.length > 0) return { conflicts, error: conflictError(conflicts) }

  const changed = request.live === undefined || !equalJson(live, merged)
  const result = new Map(released(managed, key, comparison))
  const kept = withoutIdentity(fields)
  if (isEmpty(kept)) result.delete(key)
  else result.set(key, { ...writer, fields: kept, time: changed ? now : managed.get(key)?.time })
  const object = withManaged(changed ? merged : live, result)
  return { object: manager === "kubectl" ? withLastApplied(object, applied) : object }
}

/** An object that nobody tracked so far has been made by `before-first-apply`. */
function managersOf(request: Apply, live: KubeObject): Managed {
  const managed = parseManaged(live.metadata.managedFields)
  if (managed.size > 0 || request.live === undefined) return managed
  const writer: Manager = {
    manager: "before-first-apply",
    operation: "Update",
    apiVersion: request.applied.apiVersion,
    subresource: request.subresource ?? "",
  }
  return updated({ ...request, before: undefined, after: live }, managed, writer, request.now)
}

function ownedByAny(managed: Managed): FieldSet {
  let all: FieldSet = emptySet
  for (const { fields } of managed.values()) all = union(all, fields)
  return all
}

/** `merged` without what was in `last` but has no owner now. */
function prune(schema: Schema, merged: unknown, last: FieldSet, owned: FieldSet): unknown {
  if (isEmpty(last)) return merged
  const named = (set: FieldSet): FieldSet => withNamedFields(set, schema)
  const all = named(fieldsOf(schema, merged))
  const bare = withoutFields(schema, merged, named(last))
  const unowned = difference(all, union(named(fieldsOf(schema, bare)), named(owned)))
  const pruned = withoutFields(schema, merged, unowned)
  // Removing a field takes along what is inside of it: only what the manager itself had applied may go.
  const gone = difference(all, named(fieldsOf(schema, pruned)))
  return withoutFields(schema, merged, intersection(gone, named(last)))
}
