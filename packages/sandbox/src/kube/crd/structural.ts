import { isRecord } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"

/** The fields that each object with a type of its own has, whatever its schema says. */
export const typeFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"])

/** The one schema of a list's items; structural schemas have no others. */
export function itemsOf({ items }: JSONSchemaProps): JSONSchemaProps | undefined {
  return isRecord(items) ? items : undefined
}

/** The schema of fields that are not in `properties`; `true` allows any, `false` none; absent: it is not said. */
export function othersOf({ additionalProperties }: JSONSchemaProps): JSONSchemaProps | boolean | undefined {
  if (typeof additionalProperties === "boolean") return additionalProperties
  return isRecord(additionalProperties) ? additionalProperties : undefined
}

/** The schema of a field, and whether there is anything that covers it. */
export function fieldOf(
  schema: JSONSchemaProps,
  field: string,
): { readonly known: boolean; readonly schema?: JSONSchemaProps } {
  const { properties = {} } = schema
  const property = Object.hasOwn(properties, field) ? properties[field] : undefined
  if (property !== undefined) return { known: true, schema: property }
  const others = othersOf(schema)
  if (others === undefined) return { known: false }
  return typeof others === "boolean" ? { known: true } : { known: true, schema: others }
}

export const preserves = (schema: JSONSchemaProps): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true

export const isEmbedded = (schema: JSONSchemaProps): boolean => schema["x-kubernetes-embedded-resource"] === true

/** The schema of a whole object: always one with a type. */
export const asRoot = (schema: JSONSchemaProps): JSONSchemaProps =>
  isEmbedded(schema) ? schema : { ...schema, "x-kubernetes-embedded-resource": true }

export const joined = (path: string, field: string): string => (path === "" ? field : `${path}.${field}`)
