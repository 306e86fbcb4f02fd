import { equalJson, isRecord, type Json } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { fitsFormat, isKnownFormat } from "./formats.ts"
import { compilePattern } from "./pattern.ts"
import * as problems from "./problems.ts"
import { Result } from "./result.ts"
import { fieldOf, itemsOf, othersOf } from "./structural.ts"

/**
 * Checks a value against a schema, as the real server's validator does, problem by problem. `old` is the value before
 * an update, if there was one that corresponds: what has not changed is not looked at.
 */
export function checkValue(schema: JSONSchemaProps, value: unknown, path = "", old?: unknown): Result {
  const result = new Result()
  if (old !== undefined && equalJson(value, old)) return result
  if (value === null) {
    result.merge(checkType(schema, value, path))
    result.merge(checkEnum(schema, value, path))
    return result
  }
  const checks = [
    hasType(schema) ? checkType(schema, value, path) : undefined,
    checkCombined(schema, value, path),
    typeof value === "string" ? checkText(schema, value, path) : undefined,
    typeof value === "string" ? checkFormat(schema, value, path) : undefined,
    typeof value === "number" ? checkNumber(schema, value, path) : undefined,
    Array.isArray(value) ? checkList(schema, value, path, old) : undefined,
    checkEnum(schema, value, path),
    isRecord(value) ? checkFields(schema, value, path, old) : undefined,
  ]
  for (const check of checks) {
    if (check === undefined) continue
    result.merge(check)
    result.matches += 1
  }
  result.matches += 1
  return result
}

const typesOf = (schema: JSONSchemaProps): string[] => {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"]
  return schema.type === undefined || schema.type === "" ? [] : [schema.type]
}

/** Formats that do not go with their type are ignored. */
function formatOf(schema: JSONSchemaProps): string {
  const { type, format = "" } = schema
  if (schema["x-kubernetes-int-or-string"] === true) return ""
  return format !== "" && isKnownFormat(type, format) ? format : ""
}

const hasType = (schema: JSONSchemaProps): boolean => typesOf(schema).length > 0 || formatOf(schema) !== ""

function typeName(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return isRecord(value) ? "object" : typeof value
}

function checkType(schema: JSONSchemaProps, value: unknown, path: string): Result {
  const result = new Result()
  const types = typesOf(schema)
  const found = typeName(value)
  const fits =
    types.length === 0 ||
    (value === null && schema.nullable === true) ||
    types.includes(found) ||
    (found === "integer" && types.includes("number"))
  // Of texts with a format only the format is looked at.
  const byFormat = formatOf(schema) !== "" && !types.some((type) => type === "number" || type === "integer")
  if (fits || (byFormat && (found === "string" || found === "array"))) result.matches = 1
  else result.add(problems.wrongType(path, types.join(","), found))
  return result
}

function checkText({ minLength, maxLength, pattern }: JSONSchemaProps, value: string, path: string): Result {
  const result = new Result()
  const length = Array.from(value).length
  if (maxLength !== undefined && length > maxLength) result.add(problems.tooLongText(path, maxLength))
  else if (minLength !== undefined && length < minLength) result.add(problems.tooShortText(path, value, minLength))
  else if (pattern !== undefined && pattern !== "" && !compilePattern(pattern).test(value)) {
    result.add(problems.noMatch(path, value, pattern))
  }
  return result
}

function checkFormat(schema: JSONSchemaProps, value: string, path: string): Result | undefined {
  const format = formatOf(schema)
  if (format === "") return undefined
  const result = new Result()
  if (fitsFormat(format, value) === false) result.add(problems.wrongType(path, format, value))
  return result
}

function checkNumber(schema: JSONSchemaProps, value: number, path: string): Result {
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema
  const result = new Result()
  const [type = "", ...others] = typesOf(schema)
  const format = formatOf(schema)
  const integer = type === "integer" && others.length === 0
  if (integer && !(Number.isInteger(value) && (format !== "int32" || Math.abs(value + 0.5) < 2 ** 31))) {
    result.add(problems.outOfRange(path, type, format))
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    result.add(problems.notMultiple(path, value, multipleOf))
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    result.add(problems.tooSmall(path, value, minimum, exclusiveMinimum))
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    result.add(problems.tooLarge(path, value, maximum, exclusiveMaximum))
  }
  result.matches += 1
  return result
}

const isMultiple = (value: number, factor: number): boolean =>
  Number.isInteger(factor < 1 ? (1 / factor) * value : value / factor)

function checkEnum({ enum: allowed }: JSONSchemaProps, value: unknown, path: string): Result {
  const result = new Result()
  if (allowed === undefined || allowed.length === 0 || allowed.some((one) => equalJson(one, value))) return result
  result.add(problems.notInEnum(path, value, allowed))
  return result
}

function checkList(schema: JSONSchemaProps, value: readonly unknown[], path: string, old: unknown): Result {
  const result = new Result()
  const items = itemsOf(schema)
  if (items !== undefined) {
    for (const [index, item] of value.entries()) {
      result.merge(checkValue(items, item, `${path}[${index}]`, formerItem(schema, item, old)))
    }
  }
  const { minItems, maxItems, uniqueItems } = schema
  if (minItems !== undefined && value.length < minItems) result.add(problems.tooFewItems(path, value.length, minItems))
  if (maxItems !== undefined && value.length > maxItems) result.add(problems.tooManyItems(path, value.length, maxItems))
  if (uniqueItems === true && value.some((item, index) => value.slice(0, index).some((one) => equalJson(one, item)))) {
    result.add(problems.notUnique(path))
  }
  result.matches += 1
  return result
}

/** Items of an associative list correspond by their keys; of other lists none does. */
function formerItem(schema: JSONSchemaProps, item: unknown, old: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old) || !isRecord(item)) return undefined
  return old.find((one) => isRecord(one) && keys.every((key) => equalJson(one[key], item[key])))
}

function checkFields(schema: JSONSchemaProps, value: Json, path: string, old: unknown): Result {
  const { minProperties, maxProperties, properties = {}, required = [] } = schema
  const result = new Result()
  const before = isRecord(old) ? old : {}
  const count = Object.keys(value).length
  if (minProperties !== undefined && count < minProperties)
    result.add(problems.tooFewFields(path, count, minProperties))
  if (maxProperties !== undefined && count > maxProperties) {
    result.add(problems.tooManyFields(path, count, maxProperties))
  }
  const others = othersOf(schema)
  for (const [field, member] of Object.entries(value)) {
    if (Object.hasOwn(properties, field)) continue
    if (others === false) result.add(problems.forbiddenField(path, field))
    else if (typeof others === "object") result.merge(checkValue(others, member, `${path}.${field}`, before[field]))
  }
  for (const field of Object.keys(properties)) {
    const { schema: property } = fieldOf(schema, field)
    if (property === undefined || !Object.hasOwn(value, field)) continue
    result.merge(checkValue(property, value[field], path === "" ? field : `${path}.${field}`, before[field]))
  }
  for (const field of required) {
    if (!Object.hasOwn(value, field)) result.add(problems.missing(`${path}.${field}`))
  }
  return result
}

function checkCombined({ anyOf, oneOf, allOf, not }: JSONSchemaProps, value: unknown, path: string): Result {
  const result = new Result()
  const check = (schema: JSONSchemaProps) => checkValue(schema, value, path)
  if (anyOf !== undefined && anyOf.length > 0) {
    const results = anyOf.map(check)
    const fitting = results.find(({ valid }) => valid)
    if (fitting === undefined) result.add(problems.noneOfAny(path))
    result.merge(fitting ?? closest(results))
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    const results = oneOf.map(check)
    const fitting = results.filter(({ valid }) => valid)
    if (fitting.length !== 1) result.add(problems.notExactlyOne(path, fitting.length))
    result.merge(fitting.length === 0 ? closest(results) : fitting.length === 1 ? fitting[0] : undefined)
  }
  if (allOf !== undefined && allOf.length > 0) {
    const results = allOf.map(check)
    for (const one of results) result.merge(one)
    const fitting = results.filter(({ valid }) => valid)
    if (fitting.length !== results.length) result.add(problems.notAll(path, fitting.length))
  }
  if (not !== undefined && check(not).valid) result.add(problems.matchesForbidden(path))
  result.matches += 1
  return result
}

/** The first of those that came closest: their problems are the ones that help. */
const closest = (results: readonly Result[]): Result | undefined =>
  results.reduce<Result | undefined>(
    (best, one) => (best === undefined || one.matches > best.matches ? one : best),
    undefined,
  )
