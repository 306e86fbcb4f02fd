import { equalJson, isRecord } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { duplicate, invalidValue, type FieldError } from "../validation/errors.ts"
import { fieldOf, itemsOf, joined } from "./structural.ts"

/** Sets have each item once, associative lists each key. */
export function* checkListTypes(schema: JSONSchemaProps, value: unknown, path = ""): Iterable<FieldError> {
  if (Array.isArray(value)) {
    const type = schema["x-kubernetes-list-type"]
    if (type === "set") {
      for (const index of repeated(value)) yield duplicate(`${path}[${index}]`, value[index])
    } else if (type === "map") yield* associative(schema["x-kubernetes-list-map-keys"] ?? [], value, path)
    const items = itemsOf(schema)
    if (items === undefined) return
    for (const [index, item] of value.entries()) yield* checkListTypes(items, item, `${path}[${index}]`)
    return
  }
  if (!isRecord(value)) return
  for (const [field, member] of Object.entries(value)) {
    const { schema: inner } = fieldOf(schema, field)
    const known = Object.hasOwn(schema.properties ?? {}, field)
    if (inner !== undefined) yield* checkListTypes(inner, member, known ? joined(path, field) : `${path}[${field}]`)
  }
}

function* associative(keys: readonly string[], list: readonly unknown[], path: string): Iterable<FieldError> {
  const odd = list.findIndex((item) => item !== null && !isRecord(item))
  if (odd >= 0) {
    yield invalidValue(`${path}[${odd}]`, list[odd], "must be an object for an array of list-type map")
    return
  }
  const keysOf = (item: unknown): object =>
    Object.fromEntries(
      isRecord(item) ? keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]) : [],
    )
  const found = list.map(keysOf)
  for (const index of repeated(found)) yield duplicate(`${path}[${index}]`, found[index])
}

/** Where something is there for the second time; a third time is not told. */
function repeated(list: readonly unknown[]): number[] {
  return list.flatMap((item, index) => {
    const before = list.slice(0, index).filter((one) => equalJson(one, item)).length
    return before === 1 ? [index] : []
  })
}
