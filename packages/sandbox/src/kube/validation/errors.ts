import { ApiError } from "../client.ts"
import { isRecord } from "../json.ts"

/** One thing that is wrong with an object: a cause of a 422. */
export interface FieldError {
  /** metav1.CauseType. */
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueDuplicate"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueTypeInvalid"
    | "FieldValueNotFound"
  /** `spec.template.spec.containers[0].image`. */
  readonly field: string
  /** Without the field: `Required value`. */
  readonly message: string
}

export const required = (field: string, detail = ""): FieldError => ({
  reason: "FieldValueRequired",
  field,
  message: withDetail("Required value", detail),
})

export const invalidValue = (field: string, value: unknown, detail: string): FieldError => ({
  reason: "FieldValueInvalid",
  field,
  message: withDetail(`Invalid value: ${printValue(value)}`, detail),
})

export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: "FieldValueTypeInvalid",
  field,
  message: withDetail(`Invalid value: ${printValue(value)}`, detail),
})

export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: "FieldValueDuplicate",
  field,
  message: `Duplicate value: ${printValue(value)}`,
})

/** `supported` in the order in which the message lists it. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  reason: "FieldValueNotSupported",
  field,
  message: withDetail(
    `Unsupported value: ${printValue(value)}`,
    supported.length === 0 ? "" : `supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`,
  ),
})

export const forbidden = (field: string, detail: string): FieldError => ({
  reason: "FieldValueForbidden",
  field,
  message: withDetail("Forbidden", detail),
})

export const tooLong = (field: string, bytes: number): FieldError => ({
  reason: "FieldValueTooLong",
  field,
  message: `Too long: may not be more than ${bytes} bytes`,
})

export const tooMany = (field: string, count: number, maximum: number): FieldError => ({
  reason: "FieldValueTooMany",
  field,
  message: `Too many: ${count}: must have at most ${maximum} ${maximum === 1 ? "item" : "items"}`,
})

export const notFound = (field: string, value: unknown): FieldError => ({
  reason: "FieldValueNotFound",
  field,
  message: `Not found: ${printValue(value)}`,
})

const withDetail = (message: string, detail: string): string => (detail === "" ? message : `${message}: ${detail}`)

/** Strings quoted, numbers and booleans bare, the rest as JSON. */
function printValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (value === undefined || value === null) return "null"
  if (isRecord(value) || Array.isArray(value)) return JSON.stringify(value)
  return JSON.stringify(value)
}

/** The 422 for an object with these errors: causes, and one message for all of them. */
export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const unique = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))]
  const qualified = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`
  const why = unique.length === 1 ? unique.join("") : `[${unique.join(", ")}]`
  return new ApiError(422, "Invalid", `${qualified} ${JSON.stringify(name)} is invalid: ${why}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    ...(kind.kind === "" ? {} : { kind: kind.kind }),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  })
}
