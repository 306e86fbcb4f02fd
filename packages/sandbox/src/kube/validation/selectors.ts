import type { LabelSelector } from "../types.gen.ts"
import { follows, labels } from "./checks.ts"
import { forbidden, invalidValue, required, type FieldError } from "./errors.ts"
import { labelValue, qualifiedName } from "./names.ts"

export function* labelSelector(field: string, selector: LabelSelector | null | undefined): Iterable<FieldError> {
  if (selector === null || selector === undefined) return
  yield* labels(`${field}.matchLabels`, selector.matchLabels)
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const path = `${field}.matchExpressions[${index}]`
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0) {
        yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
      }
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0) {
        yield forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    } else yield invalidValue(`${path}.operator`, operator, "not a valid selector operator")
    yield* follows(qualifiedName, `${path}.key`, key)
    for (const [at, value] of values.entries()) yield* follows(labelValue, `${path}.values[${at}]`, value)
  }
}

/** True if nothing is asked of a label. */
export function isEmptySelector({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length === 0
}

/** Undefined if the selector itself is wrong; a missing one selects nothing. */
export function selects(
  selector: LabelSelector | null | undefined,
  map: Readonly<Record<string, string>>,
): boolean | undefined {
  if (selector === null || selector === undefined) return false
  if ([...labelSelector("", selector)].length > 0) return undefined
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => map[key] === value)
  return equal && (selector.matchExpressions ?? []).every((expression) => meets(expression, map))
}

function meets(
  { key, operator, values = [] }: NonNullable<LabelSelector["matchExpressions"]>[number],
  map: Readonly<Record<string, string>>,
): boolean {
  const value = map[key]
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value)
    case "NotIn":
      return value === undefined || !values.includes(value)
    case "Exists":
      return value !== undefined
    default:
      return value === undefined
  }
}
