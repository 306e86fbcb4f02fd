import { isRecord, type Json } from "../json.ts"
import type { ManagedFieldsEntry } from "../types.gen.ts"
import { parseFields, printFields, type FieldSet } from "./field-set.ts"

type Operation = "Apply" | "Update"

/** Who wrote: updates are told apart by version too, an applier is one whatever version it applied. */
export interface Manager {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  readonly subresource: string
}

/** What one manager owns. */
export interface Ownership extends Manager {
  readonly fields: FieldSet
  /** RFC 3339, whole seconds; undefined for entries that came without. */
  readonly time: string | undefined
}

/** Ownership by manager: see `identify`. */
export type Managed = ReadonlyMap<string, Ownership>

export const noManagers: Managed = new Map()

/** The manager as JSON: a key that sorts as the real server's does. */
export function identify({ manager, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify({
    ...(manager === "" ? {} : { manager }),
    operation,
    ...(operation === "Apply" ? {} : { apiVersion }),
    ...(subresource === "" ? {} : { subresource }),
  })
}

/** As messages name a manager: `"kubectl" with subresource "scale" using apps/v1`. */
export function printManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`)
  return operation === "Update" ? `${name} using ${apiVersion}` : name
}

/** @throws SyntaxError if an entry is not of the form that the API asks for. */
export function parseManaged(entries: readonly ManagedFieldsEntry[] | undefined): Managed {
  const managed = new Map<string, Ownership>()
  for (const [index, entry] of (entries ?? []).entries()) {
    const { manager = "", operation, apiVersion = "", subresource = "", fieldsType = "", fieldsV1, time } = entry
    if (operation !== "Apply" && operation !== "Update") throw new SyntaxError("operation must be `Apply` or `Update`")
    if (apiVersion === "") throw new SyntaxError("apiVersion must not be empty")
    if (fieldsType === "") throw new SyntaxError(`missing fieldsType in managed fields entry ${index}`)
    if (fieldsType !== "FieldsV1") {
      throw new SyntaxError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`)
    }
    const ownership: Ownership = {
      manager,
      operation,
      apiVersion,
      subresource,
      fields: parseFields(fieldsV1 ?? {}),
      time,
    }
    managed.set(identify(ownership), ownership)
  }
  return managed
}

type Ordered = Readonly<
  Partial<Record<"operation" | "time" | "manager" | "apiVersion" | "subresource", string | undefined>>
>

/** Appliers first, then by time, name, version and subresource. */
export function inOrder<T extends Ordered>(entries: readonly T[]): T[] {
  const seconds = (time: string | undefined): number => (time === undefined ? 0 : Date.parse(time) / 1000)
  return entries.toSorted(
    (a, b) =>
      compareText(a.operation ?? "", b.operation ?? "") ||
      seconds(a.time) - seconds(b.time) ||
      compareText(a.manager ?? "", b.manager ?? "") ||
      compareText(a.apiVersion ?? "", b.apiVersion ?? "") ||
      compareText(a.subresource ?? "", b.subresource ?? ""),
  )
}

/** As `metadata.managedFields`; undefined if empty. */
export function printManaged(managed: Managed): ManagedFieldsEntry[] | undefined {
  if (managed.size === 0) return undefined
  return inOrder([...managed.values()]).map(({ manager, operation, apiVersion, subresource, fields, time }) => ({
    ...(manager === "" ? {} : { manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: printFields(fields),
    ...(subresource === "" ? {} : { subresource }),
  }))
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The client asks to forget all managers: an empty list, or one empty entry. */
export function asksForReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined || entries === null) return false
  const [first] = entries
  return first === undefined || (entries.length === 1 && isRecord(first) && Object.keys(first).length === 0)
}

/** The object with these managers. */
export function withManaged<T extends object>(object: T, managed: Managed): T {
  const { managedFields: _, ...metadata } = (object as { readonly metadata?: Json }).metadata ?? {}
  const entries = printManaged(managed)
  return { ...object, metadata: { ...metadata, ...(entries === undefined ? {} : { managedFields: entries }) } }
}

export function withoutManaged<T extends object>(object: T): T {
  return withManaged(object, noManagers)
}
