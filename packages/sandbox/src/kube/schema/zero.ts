import type { Json } from "../json.ts"
import type { Field, ScalarFormat, Schema, StructSchema } from "./schema.ts"

/**
 * The JSON that Go writes for a new, empty object of the kind: its fields without `omitempty`. Empty for custom kinds,
 * whose objects have no fields of their own accord.
 */
export function zeroObject(schema: StructSchema): Json {
  const zero: Json = {}
  for (const [name, field] of schema.fields) {
    if (isAlwaysWritten(field)) zero[name] = field.pointer ? null : zeroValue(field.schema)
  }
  return zero
}

/** Go's `omitempty` has no effect on structs, and some scalars are structs. */
export function isAlwaysWritten({ omit, pointer, schema }: Field): boolean {
  if (omit !== "empty") return omit === "never"
  if (pointer) return false
  return schema.type === "struct" || (schema.type === "scalar" && structScalars.has(schema.format))
}

const structScalars: ReadonlySet<ScalarFormat> = new Set(["quantity", "intOrString", "time", "microTime"])

const zeroScalars: Readonly<Record<ScalarFormat, unknown>> = {
  string: "",
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
  bytes: null,
  quantity: "0",
  intOrString: 0,
  time: null,
  microTime: null,
}

/** The JSON of a field that is always written but was not set. */
export function zeroValue(schema: Schema): unknown {
  if (schema.type === "struct") return zeroObject(schema)
  return schema.type === "scalar" ? zeroScalars[schema.format] : null
}
