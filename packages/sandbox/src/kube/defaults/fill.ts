import { isRecord, type Json } from "../json.ts"

/** A type's defaults: the value with what it lacks. Values are copied, never changed. */
export type Defaulter = (value: Json) => Json

/** Lacking means: not there, null, or the empty text that Go's strings start with. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === ""
}

/** The value with these fields where they are unset. */
export function fill(value: Json, defaults: Json): Json {
  const missing = Object.entries(defaults).filter(([name]) => isUnset(value[name]))
  return missing.length === 0 ? value : { ...value, ...Object.fromEntries(missing) }
}

/** The value with one of its fields changed; a field that is not an object counts as an empty one. */
export function within(value: Json, name: string, change: (field: Json) => Json): Json {
  const field = value[name]
  const before = isRecord(field) ? field : {}
  const after = change(before)
  return after === field ? value : { ...value, [name]: after }
}

/** The value with each object of a list field changed. */
export function eachOf(value: Json, name: string, change: (item: Json) => Json): Json {
  const list = value[name]
  if (!Array.isArray(list)) return value
  return { ...value, [name]: list.map((item: unknown) => (isRecord(item) ? change(item) : item)) }
}
