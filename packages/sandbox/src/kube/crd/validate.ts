import type { KubeObject } from "../client.ts"
import { isRecord, numberAt, valueAt, type Json } from "../json.ts"
import type { ScalePaths } from "../resources/index.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { invalidValue, type FieldError } from "../validation/errors.ts"
import { validateMeta, validateMetaUpdate } from "../validation/metadata.ts"
import { dnsSubdomain, pathSegment } from "../validation/names.ts"
import { checkValue } from "./check-value.ts"
import { checkDurations } from "./duration-rules.ts"
import { checkEmbedded } from "./embedded.ts"
import { checkListTypes } from "./list-types.ts"
import type { Problem } from "./result.ts"
import { fieldOf, itemsOf, othersOf } from "./structural.ts"

/**
 * What is wrong with a custom object that was decoded and defaulted. `old` is the object before an update. Of rules in
 * CEL (`x-kubernetes-validations`) only those about durations are run.
 */
export function validateCustom(
  schema: JSONSchemaProps,
  object: KubeObject,
  old: KubeObject | undefined,
  options: { readonly subresource?: string; readonly scale?: ScalePaths | undefined } = {},
): FieldError[] {
  const { subresource = "", scale } = options
  const errors =
    subresource === "status" && old !== undefined ? status(schema, object, old) : whole(schema, object, old)
  const value = object as unknown as Json
  errors.push(...checkScale(value, scale, subresource), ...checkEmbedded(schema, value))
  const listsWereFine = old === undefined || [...checkListTypes(schema, old)].length === 0
  if (listsWereFine) errors.push(...checkListTypes(schema, object))
  if (!errors.some(({ reason }) => blocking.has(reason))) errors.push(...checkDurations(schema, object))
  else if (hasRules(schema)) errors.push(notRun)
  return errors
}

function whole(schema: JSONSchemaProps, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const metadata =
    old === undefined
      ? [...validateMeta(object, dnsSubdomain, false)]
      : [
          ...validateMeta(object, pathSegment, false),
          ...validateMetaUpdate(object, old),
          ...validateMetaUpdate(object, old),
        ]
  return [...metadata, ...toErrors(checkValue(schema, object, "", old).problems, "")]
}

function status(schema: JSONSchemaProps, object: KubeObject, old: KubeObject): FieldError[] {
  const metadata = [
    ...validateMeta(object, pathSegment, false),
    ...validateMetaUpdate(object, old),
    ...validateMetaUpdate(object, old),
  ]
  const { schema: own } = fieldOf(schema, "status")
  const value = (object as unknown as Json)["status"]
  if (own === undefined || value === undefined) return metadata
  const { problems } = checkValue(own, value, "", (old as unknown as Json)["status"])
  return [...metadata, ...toErrors(problems, "status")]
}

/** Problems have paths from where the check began, `base`. */
export function toErrors(problems: readonly Problem[], base: string): FieldError[] {
  return problems.map(({ name, error }) => {
    const rest = (name ?? "").replace(/^\./, "")
    if (rest === "") return error(base === "" ? "<nil>" : base)
    return error(base === "" ? rest : `${base}.${rest}`)
  })
}

function* checkScale(object: Json, scale: ScalePaths | undefined, subresource: string): Iterable<FieldError> {
  if (scale === undefined) return
  const paths = subresource === "status" ? [scale.statusReplicas] : [scale.specReplicas, scale.statusReplicas]
  for (const path of paths) {
    const replicas = numberAt(object, ...path)
    if (replicas === undefined || valueAt(object, ...path) === undefined) continue
    const field = `.${path.join(".")}`
    if (replicas < 0) yield invalidValue(field, replicas, "should be a non-negative integer")
    else if (replicas >= 2 ** 31) {
      yield invalidValue(field, replicas, `should be less than or equal to ${2 ** 31 - 1}`)
    }
  }
}

/** With one of these, rules in CEL are not looked at. */
const blocking: ReadonlySet<FieldError["reason"]> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
])

const notRun = invalidValue(
  "<nil>",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
)

function hasRules(schema: JSONSchemaProps): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true
  const others = othersOf(schema)
  const inner = [itemsOf(schema), isRecord(others) ? (others as JSONSchemaProps) : undefined]
  return [...inner, ...Object.values(schema.properties ?? {})].some((one) => one !== undefined && hasRules(one))
}
