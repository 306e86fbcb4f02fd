import type { KubeObject } from "../client.ts"
import type { StructSchema } from "../schema/index.ts"
import { zeroObject } from "../schema/index.ts"
import type { ObjectMeta } from "../types.gen.ts"
import { InvalidItem } from "./atom.ts"
import { isEmpty, recursiveDifference, union, type FieldSet } from "./field-set.ts"
import {
  asksForReset,
  compareText,
  identify,
  noManagers,
  parseManaged,
  withManaged,
  withoutManaged,
  type Managed,
  type Manager,
  type Ownership,
} from "./managed.ts"
import { changes, released, withoutIdentity } from "./ownership.ts"
import { resetFields } from "./reset-fields.ts"

/** More managers by update than this are joined, the oldest first. */
const MAX_UPDATERS = 10

export interface Write {
  /** The stored object; undefined when it is created. */
  readonly before?: KubeObject | undefined
  /** The object to be stored, decoded and defaulted, before the server's own changes to it. */
  readonly after: KubeObject
  /** The request's field manager, or what its User-Agent begins with. */
  readonly manager: string
  readonly schema: StructSchema
  /** RFC 3339, whole seconds. */
  readonly now: string
  /** `status`, `scale`, …; "" or absent for the object itself. */
  readonly subresource?: string
  /** For custom kinds: a definition without a status subresource lets everybody own the status. */
  readonly statusSubresource?: boolean
}

/**
 * `after` with the managedFields that an ordinary write (create, update, patch) leaves: the writer comes to own what it
 * added and changed, all lose what was removed. An object without managedFields stays without.
 */
export function trackUpdate(write: Write): KubeObject {
  const { before, after, manager, now, subresource = "" } = write
  const managed = knownManagers(before, after, subresource)
  const created = before === undefined || (before.metadata.uid ?? "") === ""
  if (managed.size === 0 && !created) return withoutManaged(after)
  const writer: Manager = {
    manager: manager === "" ? "unknown" : manager,
    operation: "Update",
    apiVersion: after.apiVersion,
    subresource,
  }
  try {
    return withManaged(after, capped(updated(write, managed, writer, now)))
  } catch (error) {
    // Whose items cannot be told apart has no owners; what is wrong with it is for validation to say.
    if (error instanceof InvalidItem) return withManaged(after, managed)
    throw error
  }
}

/** Who owns what after a write, before the number of managers is limited. Also used for the first apply. */
export function updated(
  write: Pick<Write, "before" | "after" | "schema" | "statusSubresource">,
  managed: Managed,
  writer: Manager,
  now: string,
): Managed {
  const { before, after, schema } = write
  const old = withoutManaged(before ?? zeroOf(schema, after))
  const reset = resetFieldsOf(write, writer.subresource)
  const comparison = changes(schema, old, withoutManaged(after), reset)
  const result = new Map(released(managed, "", comparison))
  const taken = withoutIdentity(recursiveDifference(union(comparison.modified, comparison.added), reset))
  if (isEmpty(taken)) return result
  const key = identify(writer)
  const previous = result.get(key)
  const fields = previous === undefined ? taken : union(previous.fields, taken)
  result.set(key, { ...writer, fields, time: now })
  return result
}

/** An empty object of the kind, as the server compares a new one with. */
export function zeroOf(schema: StructSchema, { apiVersion, kind }: KubeObject): KubeObject {
  const zero = schema.custom !== undefined ? {} : zeroObject(schema)
  return { metadata: {} satisfies ObjectMeta, ...zero, apiVersion, kind }
}

export function resetFieldsOf(
  { after, schema, statusSubresource = true }: Pick<Write, "after" | "schema" | "statusSubresource">,
  subresource: string,
): FieldSet {
  const group = after.apiVersion.includes("/") ? after.apiVersion.slice(0, after.apiVersion.indexOf("/")) : ""
  return resetFields(group, after.kind, subresource, schema.custom !== undefined ? { statusSubresource } : undefined)
}

/**
 * The managers as the request states them, else as they are stored. A request that cannot be read states none, and one
 * to a subresource has no say in it.
 */
function knownManagers(before: KubeObject | undefined, after: KubeObject, subresource: string): Managed {
  if (subresource === "") {
    if (asksForReset(after.metadata.managedFields)) return noManagers
    const stated = readable(after)
    if (stated.size > 0) return stated
  }
  return before === undefined ? noManagers : readable(before)
}

function readable(object: KubeObject): Managed {
  try {
    return parseManaged(object.metadata.managedFields)
  } catch (error) {
    if (error instanceof SyntaxError) return noManagers
    throw error
  }
}

/** Joins the oldest updates of a version under the name `ancient-changes` until there are few enough. */
function capped(managed: Managed): Managed {
  const updaters = [...managed]
    .filter(([, { operation }]) => operation === "Update")
    .sort(
      ([a, left], [b, right]) =>
        Date.parse(left.time ?? "1970-01-01T00:00:00Z") - Date.parse(right.time ?? "1970-01-01T00:00:00Z") ||
        compareText(a, b),
    )
  let excess = updaters.length - MAX_UPDATERS
  if (excess <= 0) return managed
  const result = new Map<string, Ownership>(managed)
  const firstOf = new Map<string, string>()
  for (const [key, ownership] of updaters) {
    if (excess <= 0) break
    const { apiVersion } = ownership
    const first = firstOf.get(apiVersion)
    if (first === undefined) {
      firstOf.set(apiVersion, key)
      continue
    }
    const bucket: Manager = { manager: "ancient-changes", operation: "Update", apiVersion, subresource: "" }
    const known = result.get(identify(bucket)) ?? result.get(first)
    result.delete(first)
    result.delete(key)
    result.set(identify(bucket), {
      ...bucket,
      fields: union(known?.fields ?? new Map(), ownership.fields),
      time: ownership.time,
    })
    excess -= 1
  }
  return result
}
