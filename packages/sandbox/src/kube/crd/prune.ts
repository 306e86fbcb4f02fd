import { isRecord, type Json } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { asRoot, fieldOf, isEmbedded, itemsOf, joined, preserves, typeFields } from "./structural.ts"

export interface Pruned {
  readonly object: Json
  /** Paths of the fields that were taken out, in order. */
  readonly unknown: readonly string[]
}

/** An object without the fields that its structural schema does not know. */
export function pruneCustom(schema: JSONSchemaProps, object: Json): Pruned {
  const unknown: string[] = []
  const pruned = prune(object, asRoot(schema), "", unknown) as Json
  return { object: pruned, unknown: unknown.sort() }
}

/** Paths of the fields of a part of an object that its schema does not know. */
export function unknownFields(schema: JSONSchemaProps, value: unknown): string[] {
  const unknown: string[] = []
  prune(value, schema, "value", unknown)
  return unknown
}

/** Without a schema nothing is known. */
function prune(value: unknown, schema: JSONSchemaProps | undefined, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const items = schema === undefined ? undefined : itemsOf(schema)
    if (schema !== undefined && preserves(schema) && items === undefined) return value
    return value.map((item, index) => prune(item, items, `${path}[${index}]`, unknown))
  }
  if (!isRecord(value)) return value
  const object: Json = {}
  for (const [field, member] of Object.entries(value)) {
    const inner = joined(path, field)
    if (schema !== undefined && isEmbedded(schema) && typeFields.has(field)) {
      object[field] = member
      continue
    }
    const found = schema === undefined ? { known: false } : fieldOf(schema, field)
    if (found.known) object[field] = prune(member, found.schema, inner, unknown)
    else if (schema !== undefined && preserves(schema)) object[field] = member
    else if (!typeFields.has(field) || path !== "") unknown.push(inner)
  }
  return object
}
