/** What JSON.parse gives for an object; Kubernetes objects whose kind is not known at compile time. */
export type Json = Record<string, unknown>

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The object's field as a record, or an empty one: for reading only. */
export function recordAt(object: object, field: string): Readonly<Json> {
  const value = (object as Json)[field]
  return isRecord(value) ? value : {}
}

/** The value below the path, undefined where any part of the path is missing. */
export function valueAt(object: unknown, ...path: readonly string[]): unknown {
  let value = object
  for (const field of path) {
    if (!isRecord(value)) return undefined
    value = value[field]
  }
  return value
}

export function stringAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(object, ...path)
  return typeof value === "string" ? value : undefined
}

export function numberAt(object: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, ...path)
  return typeof value === "number" ? value : undefined
}

/** An empty list where the path is missing or holds something else. */
export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path)
  return Array.isArray(value) ? value : []
}

/** A copy with the value below the path replaced (undefined removes the field); only what changes is copied. */
export function withValue<T extends object>(object: T, path: readonly string[], value: unknown): T {
  const [field, ...rest] = path
  if (field === undefined) return object
  const copy: Json = { ...(object as Json) }
  if (rest.length > 0) {
    const inner = copy[field]
    if (value === undefined && !isRecord(inner)) return object
    copy[field] = withValue(isRecord(inner) ? inner : {}, rest, value)
  } else if (value === undefined) delete copy[field]
  else copy[field] = value
  return copy as T
}

/** JSON semantics: fields that are undefined count as absent, the order of fields does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equalJson(item, b[index]))
  if (!isRecord(a) || !isRecord(b)) return false
  for (const key in a) if (a[key] !== undefined && !equalJson(a[key], b[key])) return false
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}

/** A deep copy of plain JSON that leaves undefined fields out, as a trip over the wire would. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyJson) as T
  if (!isRecord(value)) return value
  const copy: Json = {}
  const source: Json = value
  for (const key in source) if (source[key] !== undefined) copy[key] = copyJson(source[key])
  return copy as T
}

/**
 * Freezes plain JSON for good. A part that is frozen already is taken to be frozen all the way down, so a new version
 * of an object that shares most of its parts with the last one costs only what is new.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  for (const key in value) deepFreeze(value[key])
  return Object.freeze(value)
}
