import type { Field, ListSchema, MapSchema, PatchStrategy, ScalarFormat, ScalarSchema, Schema } from "./schema.ts"

/** Words of a field in `schemas.jsonl.gz` after its type: `omitempty list=map:name patch=merge:name default="TCP"`. */
interface Options {
  omit: Field["omit"]
  list: Pick<ListSchema, "listType" | "keys">
  atomicMap: boolean
  patch?: PatchStrategy
  default?: string | number | boolean
  goType?: string
  embedded?: string
}

const scalarFormats: Readonly<Record<string, ScalarFormat>> = {
  string: "string",
  bool: "bool",
  int32: "int32",
  int64: "int64",
  float64: "float64",
  bytes: "bytes",
  quantity: "quantity",
  intOrString: "intOrString",
  time: "time",
  microTime: "microTime",
}

/** Go's own names of the formats that have a type, as decoding errors spell them. */
const goNames: Readonly<Partial<Record<ScalarFormat, string>>> = {
  bytes: "[]uint8",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  time: "v1.Time",
  microTime: "v1.MicroTime",
}

/**
 * Reads one field's text, as written by `scripts/generate-kube-schema.mjs`. `resolve` finds a named struct; it is asked
 * only when the field's schema is first looked at.
 */
export function parseField(text: string, resolve: (name: string) => Schema): Field {
  const [expression = "", ...words] = text.split(" ")
  const options = parseOptions(words)
  const pointer = expression.startsWith("*")
  let schema: Schema | undefined
  return {
    get schema(): Schema {
      schema ??= parseType(pointer ? expression.slice(1) : expression, options, resolve)
      return schema
    },
    pointer,
    omit: options.omit,
    ...(options.default === undefined ? {} : { default: options.default }),
    ...(options.patch === undefined ? {} : { patch: options.patch }),
    ...(options.embedded === undefined ? {} : { embedded: options.embedded }),
  }
}

function parseOptions(words: readonly string[]): Options {
  const options: Options = { omit: "never", list: { listType: "atomic", keys: [] }, atomicMap: false }
  for (const word of words) {
    const [name, value = ""] = split(word, "=")
    const [first, rest = ""] = split(value, ":")
    if (name === "omitempty" && options.omit === "never") options.omit = "empty"
    else if (name === "omitzero") options.omit = "zero"
    else if (name === "list") options.list = { listType: listType(first), keys: rest === "" ? [] : rest.split(",") }
    else if (name === "go") options.goType = value
    else if (name === "in") options.embedded = value
    else if (name === "map") options.atomicMap = value === "atomic"
    else if (name === "patch") options.patch = patchStrategy(first, rest)
    else if (name === "default") options.default = JSON.parse(value) as string | number | boolean
  }
  return options
}

function parseType(expression: string, options: Options, resolve: (name: string) => Schema): Schema {
  if (expression.startsWith("@")) return resolve(expression.slice(1))
  if (expression.startsWith("[]")) {
    return lazy<ListSchema, "items">({ type: "list", ...options.list }, "items", () =>
      parseType(expression.slice(2), plain, resolve),
    )
  }
  if (expression.startsWith("{}")) {
    const map = { type: "map", atomic: options.atomicMap } as const
    const named = options.goType === undefined ? map : { ...map, goType: options.goType }
    return lazy<MapSchema, "values">(named, "values", () => parseType(expression.slice(2), plain, resolve))
  }
  if (expression === "raw") return { type: "any", atomic: true }
  const [kind, goType] = split(expression, ":")
  const format = scalarFormats[kind]
  if (format !== undefined) return scalar(format, goType)
  // JSON, and the schemas of CustomResourceDefinitions that stand where a boolean or a list may stand too.
  return { type: "any", atomic: false }
}

const plain: Options = { omit: "never", list: { listType: "atomic", keys: [] }, atomicMap: false }
const scalars = new Map<string, ScalarSchema>()

function scalar(format: ScalarFormat, goType = goNames[format] ?? format): ScalarSchema {
  const known = scalars.get(goType)
  if (known !== undefined) return known
  const schema: ScalarSchema = { type: "scalar", format, goType }
  scalars.set(goType, schema)
  return schema
}

function listType(word: string): ListSchema["listType"] {
  return word === "map" || word === "set" ? word : "atomic"
}

function patchStrategy(words: string, mergeKey: string): PatchStrategy {
  const strategies = words.split(",")
  return {
    merge: strategies.includes("merge"),
    retainKeys: strategies.includes("retainKeys"),
    ...(mergeKey === "" ? {} : { mergeKey }),
  }
}

/** Puts a property on the object that is computed when first read: types refer to themselves. */
function lazy<T extends object, K extends keyof T & string>(object: Omit<T, K>, key: K, compute: () => T[K]): T {
  let value: { readonly of: T[K] } | undefined
  Object.defineProperty(object, key, {
    enumerable: true,
    get: () => {
      value ??= { of: compute() }
      return value.of
    },
  })
  return object as T
}

/** Splits at the first separator. */
function split(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
