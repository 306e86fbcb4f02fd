import { equalJson } from "../json.ts"
import { invalidValue, required, type FieldError } from "./errors.ts"
import { labelValue, percent, portName, portNumber, qualifiedName, within, type Rule } from "./names.ts"

/** A field's errors by a rule for texts. */
export function* follows(rule: Rule, field: string, value: string): Iterable<FieldError> {
  for (const problem of rule(value)) yield invalidValue(field, value, problem)
}

/** Like `follows`, for a field that must be there. */
export function* requiredName(rule: Rule, field: string, value: string | undefined): Iterable<FieldError> {
  if (isEmpty(value)) yield required(field)
  else yield* follows(rule, field, value)
}

export function isEmpty(value: string | null | undefined): value is "" | null | undefined {
  return value === undefined || value === null || value === ""
}

export function* nonNegative(field: string, value: number | undefined): Iterable<FieldError> {
  if (value !== undefined && value < 0) yield invalidValue(field, value, "must be greater than or equal to 0")
}

export function* inRange(field: string, value: number | undefined, low: number, high: number): Iterable<FieldError> {
  if (value === undefined) return
  for (const problem of within(value, low, high)) yield invalidValue(field, value, problem)
}

/** What a Linux user or group may be numbered. */
export function* userId(field: string, value: number | undefined): Iterable<FieldError> {
  yield* inRange(field, value, 0, 2 ** 31 - 1)
}

export function* port(field: string, value: number): Iterable<FieldError> {
  for (const problem of portNumber(value)) yield invalidValue(field, value, problem)
}

export function* portOrName(field: string, value: number | string | undefined): Iterable<FieldError> {
  if (typeof value === "string") yield* follows(portName, field, value)
  else yield* port(field, value ?? 0)
}

export function* countOrPercent(field: string, value: number | string | undefined): Iterable<FieldError> {
  if (typeof value === "string") yield* follows(percent, field, value)
  else yield* nonNegative(field, value)
}

/** The number of a percentage, or the count itself. */
export function amount(value: number | string | undefined): number {
  return typeof value === "string" ? Number(value.replace(/%$/, "")) || 0 : (value ?? 0)
}

export function* notOverHundredPercent(field: string, value: number | string | undefined): Iterable<FieldError> {
  if (typeof value === "string" && percent(value).length === 0 && amount(value) > 100) {
    yield invalidValue(field, value, "must not be greater than 100%")
  }
}

export function* immutable(field: string, value: unknown, old: unknown): Iterable<FieldError> {
  if (!equalJson(value ?? null, old ?? null)) yield invalidValue(field, value, "field is immutable")
}

export function* labels(field: string, map: Readonly<Record<string, string>> | undefined): Iterable<FieldError> {
  for (const [key, value] of sortedEntries(map)) {
    yield* follows(qualifiedName, field, key)
    yield* follows(labelValue, field, value)
  }
}

/** Go goes through maps in any order: by key is one of them. */
export function sortedEntries<T>(map: Readonly<Record<string, T>> | undefined): (readonly [string, T])[] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** An object without some of its fields. */
export function without(object: object, ...fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)))
}

/** A struct as Go writes its internal form: names capitalized, all fields there. Some messages show it. */
export function internalForm(value: object, ...fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => [
      field,
      (value as Record<string, unknown>)[field.charAt(0).toLowerCase() + field.slice(1)] ?? null,
    ]),
  )
}
