import { isRecord } from "../json.ts"

/** A JSON value as Go prints it with %v: `map[a:1 b:[x y]]`, keys sorted. Messages of the real server carry this. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return `[${value.map(goFormat).join(" ")}]`
  if (isRecord(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${key}:${goFormat(value[key])}`)
    return `map[${entries.join(" ")}]`
  }
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** The Go type that a decoded JSON value has. */
export function goTypeName(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)"
  if (Array.isArray(value)) return "[]interface {}"
  if (isRecord(value)) return "map[string]interface {}"
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64"
  return typeof value === "boolean" ? "bool" : "string"
}

/** What Go's JSON decoder calls a value that it cannot store: `cannot unmarshal array into …`. */
export function jsonKind(value: unknown): string {
  if (value === null || value === undefined) return "null"
  if (Array.isArray(value)) return "array"
  if (isRecord(value)) return "object"
  if (typeof value === "boolean") return "bool"
  return typeof value
}
