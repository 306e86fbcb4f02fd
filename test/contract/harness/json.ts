/** JSON as it comes from the wire. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The value at a path of keys and indexes, or undefined. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let current = value
  for (const key of path) {
    if (Array.isArray(current) && typeof key === "number") current = current[key]
    else if (isObject(current) && typeof key === "string") current = current[key]
    else return undefined
  }
  return current
}

/** The string at a path, or "" if there is none. */
export function text(value: Json | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === "string" ? found : ""
}

/** The list at a path, or an empty one. */
export function list(value: Json | undefined, ...path: readonly (string | number)[]): Json[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/**
 * JSON with sorted keys for reading and comparing by line: what fits in a line stays in one, and text of several
 * lines is written as such.
 */
export function format(value: Json, indent = ""): string {
  if (typeof value === "string" && value.includes("\n")) {
    return `|\n${value.replace(/\n$/, "").replace(/^/gm, `${indent}  `)}`
  }
  const flat = JSON.stringify(sorted(value))
  if (typeof value !== "object" || value === null) return flat
  if (flat.length + indent.length <= 110 && !flat.includes("\\n")) return flat
  const inner = `${indent}  `
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${format(item, inner)}`)
    : Object.keys(value)
        .sort()
        .map((key) => `${inner}${JSON.stringify(key)}: ${format(value[key] ?? null, inner)}`)
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  return `${open}\n${lines.join("\n")}\n${indent}${close}`
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  )
}
