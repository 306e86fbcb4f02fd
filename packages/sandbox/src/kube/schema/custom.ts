import type { JSONSchemaProps } from "../types.gen.ts"
import type { AnySchema, Field, ListSchema, ScalarSchema, Schema, StructSchema } from "./schema.ts"

const deduced: AnySchema = { type: "any", atomic: false }
const untyped: AnySchema = { type: "any", atomic: true }

/**
 * The schema of a custom kind's version, from its structural schema. Follows how the real server makes the schema for
 * server-side apply: objects without properties and everything below `x-kubernetes-preserve-unknown-fields` take any
 * field, lists without `x-kubernetes-list-type` are atomic.
 */
export function customSchema(openAPIV3Schema: JSONSchemaProps, objectMeta: StructSchema): StructSchema {
  return { ...resource(convertObject(openAPIV3Schema, objectMeta, false), objectMeta), custom: openAPIV3Schema }
}

function resource(schema: StructSchema, objectMeta: StructSchema): StructSchema {
  const fields = new Map(schema.fields)
  fields.set("apiVersion", field(scalar("string")))
  fields.set("kind", field(scalar("string")))
  fields.set("metadata", field(objectMeta))
  return { ...schema, fields }
}

function convert(schema: JSONSchemaProps, objectMeta: StructSchema, inheritedPreserve: boolean): Schema {
  const preserve = inheritedPreserve || schema["x-kubernetes-preserve-unknown-fields"] === true
  if (schema["x-kubernetes-int-or-string"] === true) return scalar("intOrString")
  switch (schema.type) {
    case "object": {
      const converted = convertObject(schema, objectMeta, preserve)
      return schema["x-kubernetes-embedded-resource"] === true ? resource(converted, objectMeta) : converted
    }
    case "array":
      return convertList(schema, objectMeta, preserve)
    case "integer":
      return scalar("int64")
    case "number":
      return scalar("float64")
    case "boolean":
      return scalar("bool")
    case "string":
      // Server-side apply checks plain and byte strings only; other formats (date-time, …) may be any scalar.
      return scalar("string")
    default:
      return deduced
  }
}

function convertObject(schema: JSONSchemaProps, objectMeta: StructSchema, preserve: boolean): StructSchema {
  const keeps = preserve || schema["x-kubernetes-preserve-unknown-fields"] === true
  const fields = new Map<string, Field>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, field(convert(property, objectMeta, keeps), property.default))
  }
  const rest = otherFields(schema, objectMeta, keeps)
  return {
    type: "struct",
    fields,
    ...(rest === undefined ? {} : { rest }),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
  }
}

function otherFields(schema: JSONSchemaProps, objectMeta: StructSchema, preserve: boolean): Schema | undefined {
  const additional = schema.additionalProperties
  if (additional === undefined || additional === null) {
    return preserve || Object.keys(schema.properties ?? {}).length === 0 ? deduced : undefined
  }
  if (typeof additional === "boolean") return additional ? deduced : undefined
  return convert(additional, objectMeta, preserve)
}

function convertList(schema: JSONSchemaProps, objectMeta: StructSchema, preserve: boolean): ListSchema {
  const items = Array.isArray(schema.items) ? undefined : (schema.items as JSONSchemaProps | undefined)
  const listType = schema["x-kubernetes-list-type"]
  return {
    type: "list",
    items: items === undefined ? untyped : convert(items, objectMeta, preserve),
    listType: listType === "map" || listType === "set" ? listType : "atomic",
    keys: schema["x-kubernetes-list-map-keys"] ?? [],
  }
}

function field(schema: Schema, value?: unknown): Field {
  const scalarDefault = typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  return { schema, pointer: true, omit: "empty", ...(scalarDefault ? { default: value } : {}) }
}

function scalar(format: ScalarSchema["format"]): ScalarSchema {
  return { type: "scalar", format, goType: format }
}
