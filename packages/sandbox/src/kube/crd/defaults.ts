import { copyJson, isRecord, type Json } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { fieldOf, itemsOf, othersOf } from "./structural.ts"

/**
 * An object with the defaults of its structural schema. A null where none is allowed counts as absent. Shares what it
 * does not change, and is the object itself when there is nothing to fill in.
 */
export function defaultCustom<T extends object>(schema: JSONSchemaProps, object: T): T {
  return filled(object, schema) as T
}

function filled(value: unknown, schema: JSONSchemaProps | undefined): unknown {
  if (schema === undefined) return value
  if (Array.isArray(value)) return list(value, itemsOf(schema))
  return isRecord(value) ? record(value, schema) : value
}

function list(value: readonly unknown[], items: JSONSchemaProps | undefined): readonly unknown[] {
  if (items === undefined) return value
  const result = value.map((item) => {
    const replaced = item === null && items.nullable !== true && items.default !== undefined
    return filled(replaced ? copyJson(items.default) : item, items)
  })
  return result.some((item, index) => item !== value[index]) ? result : value
}

function record(value: Json, schema: JSONSchemaProps): Json {
  const result: Json = {}
  let changed = false
  for (const [field, member] of Object.entries(value)) {
    const { schema: inner } = fieldOf(schema, field)
    const missing = member === null && inner !== undefined && inner.nullable !== true
    changed ||= missing
    if (!missing) result[field] = member
    // A map keeps its keys; fields get their default below.
    else if (inner.default !== undefined && othersOf(schema) === inner) result[field] = copyJson(inner.default)
  }
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.default === null || Object.hasOwn(result, field)) continue
    result[field] = copyJson(property.default)
    changed = true
  }
  for (const [field, member] of Object.entries(result)) {
    const complete = filled(member, fieldOf(schema, field).schema)
    if (complete === member) continue
    result[field] = complete
    changed = true
  }
  return changed ? result : value
}
