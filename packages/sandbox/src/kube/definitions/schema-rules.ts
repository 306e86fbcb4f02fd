import { isRecord, type Json } from "../json.ts"
import {
  checkValue,
  compilePattern,
  defaultCustom,
  itemsOf,
  othersOf,
  preserves,
  toErrors,
  unknownFields,
} from "../crd/index.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "../validation/errors.ts"
import { checkListSchema } from "./list-rules.ts"

/** Where a schema stands: what is missing is told in other words at each. */
type Level = "root" | "item" | "field"

const TYPES = ["array", "boolean", "integer", "number", "object", "string"]

/** What is wrong with the schema of a definition: it has to be structural, and its defaults have to fit it. */
export function* checkSchema(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  if (schema.nullable === true) yield forbidden(`${path}.nullable`, "nullable cannot be true at the root")
  yield* walk(schema, path, checkStated)
  const structure = [...walk(schema, path, checkStructure)]
  yield* structure
  if (structure.length === 0) yield* walk(schema, path, checkDefault)
}

type Check = (schema: JSONSchemaProps, path: string, level: Level) => Iterable<FieldError>

function* walk(schema: JSONSchemaProps, path: string, check: Check, level: Level = "root"): Iterable<FieldError> {
  yield* check(schema, path, level)
  const items = itemsOf(schema)
  const others = othersOf(schema)
  if (items !== undefined) yield* walk(items, `${path}.items`, check, "item")
  if (isRecord(others)) yield* walk(others, `${path}.additionalProperties`, check, "field")
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* walk(property, `${path}.properties[${name}]`, check, "field")
  }
}

/** What is wrong with what a schema says. */
function* checkStated(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  const { type = "", properties = {}, uniqueItems } = schema
  if (type !== "" && !TYPES.includes(type)) yield notSupported(`${path}.type`, type, TYPES)
  if (uniqueItems === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
    yield forbidden(`${path}.uniqueItems`, why)
  }
  const others = othersOf(schema)
  if (Object.keys(properties).length > 0 && others !== undefined && others !== false) {
    yield forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive")
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    yield invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined")
  }
  yield* checkListSchema(schema, path)
}

/** A structural schema states the type of everything, and what only restricts values states none. */
function* checkStructure(schema: JSONSchemaProps, path: string, level: Level): Iterable<FieldError> {
  const { type = "" } = schema
  const embedded = schema["x-kubernetes-embedded-resource"] === true
  const intOrString = schema["x-kubernetes-int-or-string"] === true
  if (type === "array" && itemsOf(schema) === undefined) yield required(`${path}.items`, "must be specified")
  if (level === "root" && othersOf(schema) !== undefined) {
    yield forbidden(`${path}.additionalProperties`, "must not be used at the root")
  }
  if (embedded && type !== "object") {
    const problem = "must be object if x-kubernetes-embedded-resource is true"
    yield type === "" ? required(`${path}.type`, problem) : invalidValue(`${path}.type`, type, problem)
  } else if (type === "" && !intOrString && !preserves(schema)) {
    yield required(`${path}.type`, `must not be empty ${emptyAt[level]}`)
  }
  if (level === "root" && type !== "" && type !== "object") {
    yield invalidValue(`${path}.type`, type, "must be object at the root")
  }
  if (level === "root" || embedded) yield* checkTypeFields(schema, path, level)
  yield* checkValues(schema, path)
}

const emptyAt: Readonly<Record<Level, string>> = {
  root: "at the root",
  item: "for specified array items",
  field: "for specified object fields",
}

/** An object's type and metadata are not the definition's to describe, but for the name. */
function* checkTypeFields({ properties = {} }: JSONSchemaProps, path: string, level: Level): Iterable<FieldError> {
  for (const field of ["kind", "apiVersion"]) {
    const type = properties[field]?.type ?? ""
    if (properties[field] !== undefined && type !== "string") {
      yield invalidValue(`${path}.properties[${field}].type`, type, "must be string")
    }
  }
  const { metadata } = properties
  if (metadata === undefined) return
  const at = `${path}.properties[metadata]`
  if (metadata.type !== "object") yield invalidValue(`${at}.type`, metadata.type ?? "", "must be object")
  const { type: _type, properties: fields = {}, default: _default, ...more } = metadata
  const odd = Object.keys(fields).some((field) => field !== "name" && field !== "generateName")
  if (level === "root" && (odd || Object.keys(more).length > 0)) {
    const why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
    yield forbidden(at, why)
  }
}

/** What restricts values: patterns, and schemas that are combined, which may not say what only the main one may. */
function* checkValues(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  const { pattern = "", anyOf = [], allOf = [], oneOf = [], not } = schema
  const problem = patternProblem(pattern)
  if (problem !== undefined) {
    const why = `must be a valid regular expression, but isn't: error parsing regexp: ${problem}`
    yield invalidValue(`${path}.pattern`, pattern, why)
  }
  if (!isIntOrString(anyOf)) {
    for (const [index, one] of anyOf.entries()) yield* checkNested(one, `${path}.anyOf[${index}]`)
  }
  for (const [index, one] of allOf.entries()) {
    const first = index === 0 && isIntOrString(one.anyOf ?? []) ? { ...one, anyOf: [] } : one
    yield* checkNested(first, `${path}.allOf[${index}]`)
  }
  for (const [index, one] of oneOf.entries()) yield* checkNested(one, `${path}.oneOf[${index}]`)
  if (not !== undefined) yield* checkNested(not, `${path}.not`)
}

/** The one place where types may be repeated. */
const isIntOrString = (anyOf: readonly JSONSchemaProps[]): boolean =>
  JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]'

const EMPTY = "must be empty to be structural"
const UNDEFINED = "must be undefined to be structural"
const FALSE = "must be false to be structural"

const onlyInMain: Readonly<Record<string, string>> = {
  type: EMPTY,
  title: EMPTY,
  description: EMPTY,
  default: UNDEFINED,
  additionalProperties: UNDEFINED,
  nullable: FALSE,
  "x-kubernetes-preserve-unknown-fields": FALSE,
  "x-kubernetes-embedded-resource": FALSE,
  "x-kubernetes-int-or-string": FALSE,
  "x-kubernetes-list-map-keys": EMPTY,
  "x-kubernetes-list-type": UNDEFINED,
  "x-kubernetes-map-type": UNDEFINED,
  "x-kubernetes-validations": EMPTY,
}

function* checkNested(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  yield* checkValues(schema, path)
  for (const [field, problem] of Object.entries(onlyInMain)) {
    const value = (schema as Json)[field]
    if (value !== undefined && value !== "" && value !== false) yield forbidden(`${path}.${field}`, problem)
  }
  const items = itemsOf(schema)
  if (items !== undefined) yield* checkNested(items, `${path}.items`)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* checkNested(property, `${path}.properties[${name}]`)
    if (name === "metadata")
      yield forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context")
  }
}

/** What Go says of a pattern that it cannot read, as far as JavaScript tells. */
function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    if (error.message.endsWith("Unterminated group")) return `missing closing ): \`${pattern}\``
    if (error.message.endsWith("Unterminated character class")) {
      return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf("["))}\``
    }
    if (error.message.endsWith("Unmatched ')'")) return `unexpected ): \`${pattern}\``
    return `invalid or unsupported Perl syntax: \`${pattern}\``
  }
}

/** A default is a value like any other: known, complete and valid. */
function* checkDefault(schema: JSONSchemaProps, path: string): Iterable<FieldError> {
  const value = schema.default
  if (value === undefined || value === null) return
  const field = `${path}.default`
  if (unknownFields(schema, value).length > 0) {
    yield invalidValue(field, value, "must not have unknown fields")
    return
  }
  const complete = isRecord(value) ? defaultCustom(schema, value) : value
  yield* toErrors(checkValue(schema, complete).problems, field)
}
