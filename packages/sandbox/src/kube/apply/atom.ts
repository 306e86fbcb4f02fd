import { isRecord, type Json } from "../json.ts"
import type { AnySchema, ListSchema, Schema } from "../schema/index.ts"
import { keyElement, valueElement, type PathElement } from "./path-element.ts"

/**
 * How a value of a schema is owned and merged: an object field by field, a list item by item, or as one. Structs and
 * maps are the same here; what `any` is depends on the value.
 */
export type Atom =
  | { readonly kind: "map"; readonly atomic: boolean; schemaOf(key: string): FieldType | undefined }
  | { readonly kind: "list"; readonly schema: ListSchema }
  | { readonly kind: "scalar" }

interface FieldType {
  readonly schema: Schema
  /** Named in the schema; keys of maps and undeclared fields are not. */
  readonly declared: boolean
}

const untyped: AnySchema = { type: "any", atomic: true }
const atomicList: ListSchema = { type: "list", items: untyped, listType: "atomic", keys: [] }
const scalar: Atom = { kind: "scalar" }

/** The atom of a value; of null and absent values too, which fit any. */
export function atomOf(schema: Schema, value: unknown): Atom {
  switch (schema.type) {
    case "struct":
      return {
        kind: "map",
        atomic: schema.atomic,
        schemaOf: (key) => {
          const field = schema.fields.get(key)
          if (field !== undefined) return { schema: field.schema, declared: true }
          return schema.rest === undefined ? undefined : { schema: schema.rest, declared: false }
        },
      }
    case "map":
      return { kind: "map", atomic: schema.atomic, schemaOf: () => ({ schema: schema.values, declared: false }) }
    case "list":
      return { kind: "list", schema }
    case "scalar":
      return scalar
    case "any":
      if (Array.isArray(value)) return { kind: "list", schema: atomicList }
      if (isRecord(value) || value === null || value === undefined) {
        return { kind: "map", atomic: schema.atomic, schemaOf: () => ({ schema, declared: false }) }
      }
      return scalar
  }
}

/**
 * Identifies an item of a set or of a list with map keys. Keys that the item lacks take the schema's default.
 * @throws InvalidItem if it cannot be identified
 */
export function itemElement(list: ListSchema, item: unknown): PathElement {
  if (list.keys.length === 0) {
    if (isRecord(item)) throw new InvalidItem("associative list without keys has an element that's a map type")
    if (Array.isArray(item)) throw new InvalidItem("not supported: associative list with lists as elements")
    if (item === null) throw new InvalidItem("associative list without keys has an element that's an explicit null")
    return valueElement(item)
  }
  if (item === null) throw new InvalidItem("associative list with keys may not have a null element")
  if (!isRecord(item)) throw new InvalidItem("associative list with keys may not have non-map elements")
  const keys: Json = {}
  for (const key of list.keys) {
    const fallback = list.items.type === "struct" ? list.items.fields.get(key)?.default : undefined
    const value = item[key] ?? fallback
    if (value !== undefined) keys[key] = value
  }
  if (Object.keys(keys).length === 0) {
    throw new InvalidItem(
      `associative list with keys has an element that omits all key fields [${list.keys.map((key) => JSON.stringify(key)).join(" ")}] (and doesn't have default values for any key fields)`,
    )
  }
  return keyElement(keys)
}

/** An item of a list cannot be told from the others: the message is the real server's. */
export class InvalidItem extends Error {
  override readonly name = "InvalidItem"
}

/** The member's value if the value is an object that has it. */
export function memberOf(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

export function keysOf(...values: readonly unknown[]): Set<string> {
  return new Set(
    values.filter(isRecord).flatMap((value) => Object.keys(value).filter((key) => value[key] !== undefined)),
  )
}
