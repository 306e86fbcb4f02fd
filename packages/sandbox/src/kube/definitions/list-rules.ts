import { itemsOf } from "../crd/index.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "../validation/errors.ts"

const LIST_TYPES = ["atomic", "set", "map"]
const MAP_TYPES = ["atomic", "granular"]

/** What a schema says of how lists and maps are merged. */
export function* checkListSchema(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  const listType = schema["x-kubernetes-list-type"]
  const mapType = schema["x-kubernetes-map-type"]
  if (mapType !== undefined) yield* typeIs("object", "x-kubernetes-map-type", schema, path)
  if (mapType !== undefined && !MAP_TYPES.includes(mapType)) {
    yield notSupported(`${path}.x-kubernetes-map-type`, mapType, MAP_TYPES)
  }
  if (listType !== undefined) yield* typeIs("array", "x-kubernetes-list-type", schema, path)
  if (listType !== undefined && !LIST_TYPES.includes(listType)) {
    yield notSupported(`${path}.x-kubernetes-list-type`, listType, LIST_TYPES)
  }
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  if (keys.length > 0 && listType !== "map") {
    const field = `${path}.x-kubernetes-list-type`
    const problem = "must be map if x-kubernetes-list-map-keys is non-empty"
    yield listType === undefined ? required(field, problem) : invalidValue(field, listType, problem)
  }
  if (listType === "map" || listType === "set") yield* notNullable(schema, listType, path)
  if (listType === "set") yield* atomicItems(schema, path)
  if (listType === "map") yield* checkKeys(schema, keys, path)
}

function* typeIs(wanted: string, why: string, { type = "" }: JSONSchemaProps, path: string): Iterable<FieldError> {
  const problem = `must be ${wanted} if ${why} is specified`
  if (type === "") yield required(`${path}.type`, problem)
  else if (type !== wanted) yield invalidValue(`${path}.type`, type, problem)
}

function* notNullable(schema: JSONSchemaProps, listType: string, path: string): Iterable<FieldError> {
  if (itemsOf(schema)?.nullable !== true) return
  yield forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)
}

/** The items of a set are told apart as wholes. */
function* atomicItems(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  const items = itemsOf(schema)
  const problem = "must be atomic as item of a list with x-kubernetes-list-type=set"
  const inner = items?.["x-kubernetes-list-type"]
  if (items?.type === "array" && inner !== undefined && inner !== "atomic") {
    yield invalidValue(`${path}.items.x-kubernetes-list-type`, inner, problem)
  }
  const granular = items?.["x-kubernetes-map-type"] ?? null
  if (items?.type === "object" && granular !== "atomic") {
    yield invalidValue(`${path}.items.x-kubernetes-map-type`, items["x-kubernetes-list-type"], problem)
  }
}

/** Each item of an associative list must have the fields that identify it. */
function* checkKeys(schema: JSONSchemaProps, keys: readonly string[], path: string): Iterable<FieldError> {
  const field = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) yield required(field, "must not be empty if x-kubernetes-list-type is map")
  const items = itemsOf(schema)
  if (items === undefined) {
    yield required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map")
    return
  }
  if (items.type !== "object") {
    const problem = "must be object if parent array's x-kubernetes-list-type is map"
    yield invalidValue(`${path}.items.type`, items.type ?? "", problem)
  }
  if (new Set(keys).size < keys.length) yield invalidValue(field, keys, "must not contain duplicate entries")
  for (const key of new Set(keys)) {
    const property = items.properties?.[key]
    const at = `${path}.items.properties[${key}]`
    if (property === undefined) {
      yield invalidValue(field, keys, "entries must all be names of item properties")
      continue
    }
    if (property.type === "object" || property.type === "array") {
      const problem = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      yield invalidValue(`${at}.type`, items.type ?? "", problem)
    }
    if (property.default === undefined && !(items.required ?? []).includes(key)) {
      const why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
      yield required(`${at}.default`, why)
    }
    if (property.nullable === true) {
      const why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
      yield forbidden(`${at}.nullable`, why)
    }
  }
}
