import type { KubeObject } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { invalidValue, required, type FieldError } from "../validation/errors.ts"
import { validateMeta } from "../validation/metadata.ts"
import { pathSegment } from "../validation/names.ts"
import { fieldOf, isEmbedded, itemsOf, joined } from "./structural.ts"

/** Visits the objects with a type of their own within a custom object. `found` may put another one in the place. */
export function mapEmbedded(
  schema: JSONSchemaProps | undefined,
  value: unknown,
  found: (object: Json, path: string) => Json,
  path = "",
): unknown {
  if (schema === undefined) return value
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    return items === undefined ? value : value.map((one, index) => mapEmbedded(items, one, found, `${path}[${index}]`))
  }
  if (!isRecord(value)) return value
  const own = isEmbedded(schema) ? found(value, path) : value
  let changed = own !== value
  const result: Json = {}
  for (const [field, member] of Object.entries(own)) {
    result[field] = mapEmbedded(fieldOf(schema, field).schema, member, found, joined(path, field))
    changed ||= result[field] !== member
  }
  return changed ? result : value
}

/** What is wrong with the objects within an object. */
export function checkEmbedded(schema: JSONSchemaProps, value: Json): FieldError[] {
  const errors: FieldError[] = []
  mapEmbedded(schema, value, (object, path) => {
    if (path !== "") errors.push(...checkTyped(object, path))
    return object
  })
  return errors
}

function* checkTyped(object: Json, path: string): Iterable<FieldError> {
  const fields = ["apiVersion", "kind"] as const
  for (const field of fields) if (object[field] === undefined) yield required(`${path}.${field}`)
  for (const field of fields) {
    const value = object[field]
    if (value === undefined) continue
    if (typeof value !== "string") yield invalidValue(`${path}.${field}`, value, "must be a string")
    else if (value === "") yield invalidValue(`${path}.${field}`, value, "must not be empty")
  }
  const { metadata } = object
  if (!isRecord(metadata)) return
  const named = { metadata: { ...metadata, name: metadata["name"] ?? "fakename" } } as KubeObject
  for (const error of validateMeta(named, pathSegment, false)) yield { ...error, field: `${path}.${error.field}` }
}
