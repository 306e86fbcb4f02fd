import { canonicalJson } from "../manifest/index.ts"

/**
 * A set of fields as `metadata.managedFields[].fieldsV1` has it: `f:name` a map's field, `k:{…}` a list's item by its keys,
 * `v:…` a set's value, `i:n` a list's index, `.` the thing itself; an empty set below a key means the whole value.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** One entry of `metadata.managedFields`. */
export interface FieldsEntry {
  readonly manager?: string
  readonly operation?: "Apply" | "Update"
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: unknown
  readonly subresource?: string
}

/** The fields that a manager holds by server-side apply. */
export function appliedFields(entries: readonly FieldsEntry[] | undefined, manager: string): FieldSet {
  const own = entries?.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined,
  )
  return (own?.fieldsV1 ?? {}) as FieldSet
}

/**
 * What an object says in the given fields, as a map with the set's own keys; what is absent is left out. Lists with keys
 * are compared by key, so their order does not count.
 */
export function view(value: unknown, fields: FieldSet): unknown {
  const elements = Object.keys(fields).filter((element) => element !== ".")
  if (elements.length === 0) return "." in fields ? {} : value
  const seen: Record<string, unknown> = {}
  for (const element of elements) {
    const part = member(value, element)
    const inner = fields[element]
    if (part !== undefined && inner) seen[element] = view(part, inner)
  }
  return seen
}

/** A place in a field set. */
export type FieldPath = readonly string[]

/** Where two views differ: the deepest places that tell them apart. */
export function differences(before: unknown, now: unknown, path: FieldPath = []): readonly FieldPath[] {
  if (canonicalJson(before) === canonicalJson(now)) return []
  if (!isView(before) || !isView(now)) return [path]
  const elements = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...elements].flatMap((element) => {
    if (!(element in before) || !(element in now)) return [[...path, element]]
    return differences(before[element], now[element], [...path, element])
  })
}

/** Whether a set holds a path, or something above or below it. */
export function touches(fields: FieldSet, path: FieldPath): boolean {
  let at = fields
  for (const element of path) {
    const next = at[element]
    if (!next) return Object.keys(at).length === 0 && at !== fields
    at = next
  }
  return true
}

/** `spec.template.spec.containers[name=app].image`. */
export function describePath(path: FieldPath): string {
  return path
    .map((element) => {
      const rest = element.slice(2)
      if (element.startsWith("f:")) return `.${rest}`
      if (element.startsWith("i:")) return `[${rest}]`
      if (element.startsWith("v:")) return `[${rest}]`
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>)
      return `[${keys.map(([name, value]) => `${name}=${String(value)}`).join(",")}]`
    })
    .join("")
    .replace(/^\./, "")
}

/** A set without one path. What is left empty by that goes too. */
export function without(fields: FieldSet, path: FieldPath): FieldSet {
  const [first, ...rest] = path
  const inner = first === undefined ? undefined : fields[first]
  if (first === undefined || !inner) return fields
  const { [first]: _gone, ...others } = fields
  if (rest.length === 0) return others
  const left = without(inner, rest)
  if (left === inner) return fields
  return Object.keys(left).length === 0 ? others : { ...others, [first]: left }
}

/** Everything that one of two sets holds. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  // An empty set means the whole value, which holds every part of it.
  const [small, large] = [a, b]
  const merged: Record<string, FieldSet> = { ...small }
  for (const [element, inner] of Object.entries(large)) {
    const other = small[element]
    merged[element] = other ? unionInner(other, inner) : inner
  }
  return merged
}

function unionInner(a: FieldSet, b: FieldSet): FieldSet {
  if (Object.keys(a).length === 0 || Object.keys(b).length === 0) return {}
  return union(a, b)
}

function member(value: unknown, element: string): unknown {
  const rest = element.slice(2)
  if (element.startsWith("f:")) return isView(value) ? value[rest] : undefined
  if (!Array.isArray(value)) return undefined
  if (element.startsWith("i:")) return value[Number(rest)] as unknown
  const wanted: unknown = JSON.parse(rest)
  if (element.startsWith("v:")) return value.find((item) => canonicalJson(item) === canonicalJson(wanted))
  const keys = Object.entries(wanted as Record<string, unknown>)
  return value.find(
    (item) => isView(item) && keys.every(([name, key]) => canonicalJson(item[name]) === canonicalJson(key)),
  )
}

function isView(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
