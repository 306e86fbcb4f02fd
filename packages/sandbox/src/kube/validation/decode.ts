import { isRecord, type Json } from "../json.ts"
import { goTypeName, jsonKind } from "../patch/index.ts"
import {
  canonicalQuantity,
  isAlwaysWritten,
  QuantityError,
  zeroValue,
  type Field,
  type ScalarSchema,
  type Schema,
  type StructSchema,
} from "../schema/index.ts"
import { base64Problem } from "./base64.ts"
import { canonicalMicroTime, canonicalTime, TimeError } from "./times.ts"

/** How messages speak of values of the wrong type: as Go's JSON decoder, or as the one that reads patched objects. */
export type Wording = "json" | "converter"

export interface Decoded {
  readonly object: Json
  /** The first value of the wrong type; the object is not usable then. */
  readonly error?: string
  /** Paths of the fields that the kind does not have, in the order of the document. */
  readonly unknown: readonly string[]
}

/**
 * Reads an object of a built-in kind as Go does: fields that the kind does not have are left out, empty values too
 * where the field has `omitempty`, missing ones are filled in where it has not; times and quantities become canonical.
 */
export function decode(schema: StructSchema, value: Json, wording: Wording = "json"): Decoded {
  const decoder = new Decoder(wording)
  const object = decoder.struct(schema, value, { strict: "", field: "", struct: "" })
  return { object, unknown: decoder.unknown, ...(decoder.error === undefined ? {} : { error: decoder.error }) }
}

/** Where a value stands, as the messages for unknown fields and for wrong types write it. */
interface Place {
  /** With list indices: `spec.containers[0].image`. */
  readonly strict: string
  /** Go's fields: `spec.containers.image`. */
  readonly field: string
  /** The Go struct that has the field. */
  readonly struct: string
}

class Decoder {
  error: string | undefined
  readonly unknown: string[] = []
  readonly #wording: Wording

  constructor(wording: Wording) {
    this.#wording = wording
  }

  struct(schema: StructSchema, value: Json, place: Place): Json {
    const struct = schema.goType?.replace(/^.*\./, "") ?? ""
    const present = new Map<string, unknown>()
    const others = new Map<string, unknown>()
    for (const [name, member] of Object.entries(value)) {
      const field = schema.fields.get(name)
      if (member === undefined) continue
      if (field === undefined) {
        if (schema.rest === undefined) this.unknown.push(join(place.strict, name))
        else others.set(name, this.value(schema.rest, member, { ...place, strict: join(place.strict, name) }))
        continue
      }
      const inner = join(place.field, field.embedded === undefined ? name : `${field.embedded}.${name}`)
      const decoded = this.value(field.schema, member, { strict: join(place.strict, name), field: inner, struct })
      if (!isOmitted(field, decoded, name)) present.set(name, decoded)
    }
    const object: Json = {}
    for (const [name, field] of schema.fields) {
      if (present.has(name)) object[name] = present.get(name)
      else if (isAlwaysWritten(field)) object[name] = field.pointer ? null : zeroValue(field.schema)
    }
    return Object.assign(object, Object.fromEntries(others))
  }

  /** Null stands for the zero value of what has no pointer. */
  value(schema: Schema, value: unknown, place: Place): unknown {
    if (value === null) return null
    switch (schema.type) {
      case "struct":
        return isRecord(value) ? this.struct(schema, value, place) : this.#wrong(schema, value, place)
      case "map": {
        if (!isRecord(value)) return this.#wrong(schema, value, place)
        const map: Json = {}
        // Go writes maps in the order of their keys.
        for (const key of Object.keys(value).sort()) {
          const member = value[key]
          if (member === undefined) continue
          const inner = { ...place, strict: join(place.strict, key) }
          map[key] = this.value(schema.values, member, inner) ?? zeroValue(schema.values)
        }
        return map
      }
      case "list":
        if (!Array.isArray(value)) return this.#wrong(schema, value, place)
        return value.map(
          (item, index) =>
            this.value(schema.items, item, { ...place, strict: `${place.strict}[${index}]` }) ??
            zeroValue(schema.items),
        )
      case "scalar":
        return this.#scalar(schema, value, place)
      case "any":
        return value
    }
  }

  #scalar(schema: ScalarSchema, value: unknown, place: Place): unknown {
    switch (schema.format) {
      case "string":
        return typeof value === "string" ? value : this.#wrong(schema, value, place)
      case "bool":
        return typeof value === "boolean" ? value : this.#wrong(schema, value, place)
      case "float64":
        return typeof value === "number" ? value : this.#wrong(schema, value, place)
      case "int32":
      case "int64":
        return isInteger(schema, value) ? value : this.#wrong(schema, value, place)
      case "intOrString": {
        const int: ScalarSchema = { type: "scalar", format: "int32", goType: "int32" }
        return typeof value === "string" || isInteger(int, value) ? value : this.#wrong(int, value, place)
      }
      case "bytes":
        return typeof value === "string" ? this.#bytes(value) : this.#wrong(schema, value, place)
      case "time":
      case "microTime":
        if (typeof value !== "string") return this.#wrong({ ...schema, goType: "string" }, value, place)
        return this.#read(() => (schema.format === "time" ? canonicalTime(value) : canonicalMicroTime(value)))
      case "quantity":
        return this.#read(() => canonicalQuantity(typeof value === "number" ? String(value) : asText(value)))
    }
  }

  #read(read: () => string): string {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof QuantityError) && !(error instanceof TimeError)) throw error
      this.#fail(error.message)
      return ""
    }
  }

  #bytes(text: string): string {
    const problem = base64Problem(text)
    if (problem !== undefined) this.#fail(`illegal base64 data at input byte ${problem}`)
    return text.replace(/[\r\n]/g, "")
  }

  #wrong(schema: Schema, value: unknown, place: Place): null {
    if (this.#wording === "converter") this.#fail(notRestored(schema, value))
    else {
      const integer = schema.type === "scalar" && schema.format.startsWith("int") && typeof value === "number"
      const what = integer ? `number ${value}` : jsonKind(value)
      this.#fail(
        `json: cannot unmarshal ${what} into Go struct field ${place.struct}.${place.field} of type ${goType(schema)}`,
      )
    }
    return null
  }

  #fail(message: string): void {
    this.error ??= message
  }
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

const asText = (value: unknown): string => (typeof value === "string" ? value : "")

function isInteger({ format }: ScalarSchema, value: unknown): boolean {
  if (typeof value !== "number" || !Number.isInteger(value)) return false
  return format === "int64" || (value >= -(2 ** 31) && value < 2 ** 31)
}

/** Empty values of fields with `omitempty` are not written, and null never is: it is what a missing value is. */
function isOmitted(field: Field, value: unknown, name: string): boolean {
  if (value === null || value === undefined) return true
  if (field.omit === "never" || field.pointer || isAlwaysWritten(field)) return false
  // An empty list asks for a reset: not the same as none.
  if (Array.isArray(value)) return value.length === 0 && name !== "managedFields"
  if (isRecord(value)) return field.schema.type !== "struct" && Object.keys(value).length === 0
  return value === "" || value === 0 || value === false
}

function goType(schema: Schema): string {
  switch (schema.type) {
    case "struct":
      return schema.goType ?? "map[string]interface {}"
    case "scalar":
      return schema.goType
    case "list":
      return `[]${goType(schema.items)}`
    case "map":
      return schema.goType ?? `map[string]${goType(schema.values)}`
    case "any":
      return "interface {}"
  }
}

/** What is said of a value in a patched object that does not fit its field. */
function notRestored(schema: Schema, value: unknown): string {
  const from = Array.isArray(value) ? "slice" : isRecord(value) ? "map" : goTypeName(value)
  switch (schema.type) {
    case "struct":
      return `cannot restore struct from: ${from}`
    case "map":
      return `cannot restore map from ${from}`
    case "list":
      return `cannot restore slice from ${from}`
    default: {
      const to = schema.type === "scalar" ? schema : undefined
      // Go converts integers to strings; the decoder knows better and says so.
      const convertible = typeof value === "number" && (Number.isInteger(value) || to?.format.startsWith("int"))
      return convertible ? `cannot convert ${from} to ${goType(schema)}` : `unrecognized type: ${to?.format ?? from}`
    }
  }
}
