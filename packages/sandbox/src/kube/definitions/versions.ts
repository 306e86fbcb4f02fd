import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceSubresourceScale,
} from "../types.gen.ts"
import { follows } from "../validation/checks.ts"
import { invalidValue, notSupported, required, type FieldError } from "../validation/errors.ts"
import { dns1035Label } from "../validation/names.ts"
import { hoisted, printedVersions, type Place } from "./hoisted.ts"
import { checkSchema } from "./schema-rules.ts"

/** The versions of a definition: their names, which one is stored, and what each says of its objects. */
export function* checkVersions(spec: CustomResourceDefinitionSpec): Iterable<FieldError> {
  const { versions } = spec
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`
    yield* follows(dns1035Label, `${path}.name`, version.name)
    if (version.schema?.openAPIV3Schema === undefined) yield required(`${path}.schema.openAPIV3Schema`)
    yield* deprecationWarning(`${path}.deprecationWarning`, version.deprecated === true, version.deprecationWarning)
  }
  // The first version has a second place in the real server's form.
  const first = versions[0]?.name ?? ""
  if (first !== "") yield* follows(dns1035Label, "spec.version", first)
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    yield invalidValue("spec.versions", printedVersions(spec), "must contain unique version names")
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const problem = "must have exactly one version marked as storage version"
    yield invalidValue("spec.versions", printedVersions(spec), problem)
  }
  const { shared, versions: places } = hoisted(spec)
  yield* checkParts(shared, "validation")
  for (const place of places) yield* checkParts(place, "schema")
}

/** `schemaField` is what the schema's field is called at that place. */
function* checkParts({ path, parts }: Place, schemaField: string): Iterable<FieldError> {
  const { schema, subresources, additionalPrinterColumns = [] } = parts
  const root = schema?.openAPIV3Schema
  if (root !== undefined) yield* checkSchema(root, `${path}.${schemaField}.openAPIV3Schema`)
  if (subresources?.scale !== undefined) yield* checkScale(subresources.scale, `${path}.subresources.scale`)
  for (const [index, column] of additionalPrinterColumns.entries()) {
    yield* checkColumn(column, `${path}.additionalPrinterColumns[${index}]`)
  }
}

const LONGEST_WARNING = 256

function* deprecationWarning(field: string, deprecated: boolean, text: string | undefined): Iterable<FieldError> {
  if (text === undefined) return
  if (!deprecated) {
    yield invalidValue(field, text, "can only be set for deprecated versions")
    return
  }
  if (Buffer.byteLength(text) > LONGEST_WARNING) {
    yield invalidValue(field, text, `must be <= ${LONGEST_WARNING} characters long`)
  }
  if (text === "") yield invalidValue(field, text, "must not be an empty string")
  const odd = text.search(/[^\P{C}]/u)
  if (odd >= 0) {
    const index = Buffer.byteLength(text.slice(0, odd))
    const problem = `must only contain printable UTF-8 characters; non-printable character found at index ${index}`
    yield invalidValue(field, text, problem)
  }
}

const TYPES = ["boolean", "date", "integer", "number", "string"]
const FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

function* checkColumn(column: CustomResourceColumnDefinition, path: string): Iterable<FieldError> {
  const { name, type, format = "", jsonPath } = column
  if (name === "") yield required(`${path}.name`)
  const types = `must be one of ${TYPES.join(",")}`
  if (type === "") yield required(`${path}.type`, types)
  else if (!TYPES.includes(type)) yield invalidValue(`${path}.type`, type, types)
  if (format !== "" && !FORMATS.includes(format)) {
    yield invalidValue(`${path}.format`, format, `must be one of ${FORMATS.join(",")}`)
  }
  if (jsonPath === "") yield required(`${path}.JSONPath`)
  else yield* simplePath(jsonPath, `${path}.JSONPath`)
}

function* checkScale(scale: CustomResourceSubresourceScale, path: string): Iterable<FieldError> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = "" } = scale
  yield* replicasPath(specReplicasPath, `${path}.specReplicasPath`, ".spec")
  yield* replicasPath(statusReplicasPath, `${path}.statusReplicasPath`, ".status")
  if (labelSelectorPath !== "") yield* pathBelow(labelSelectorPath, `${path}.labelSelectorPath`, [".spec", ".status"])
}

function* replicasPath(value: string, field: string, parent: string): Iterable<FieldError> {
  if (value === "") yield required(field)
  else yield* pathBelow(value, field, [parent])
}

function* pathBelow(value: string, field: string, parents: readonly string[]): Iterable<FieldError> {
  const problems = [...simplePath(value, field)]
  yield* problems
  if (problems.length > 0 || parents.some((parent) => value.startsWith(`${parent}.`))) return
  const either = parents.length > 1 ? "either " : ""
  yield invalidValue(field, value, `should be a json path under ${either}${parents.join(" or ")}`)
}

function* simplePath(value: string, field: string): Iterable<FieldError> {
  if (!value.startsWith(".")) yield invalidValue(field, value, "must be a simple json path starting with .")
}

/** How objects get from one version to another. Conversion by webhook is checked, but not carried out. */
export function* checkConversion({ conversion }: CustomResourceDefinitionSpec): Iterable<FieldError> {
  if (conversion === undefined) return
  const { strategy, webhook } = conversion
  if (strategy !== "None" && strategy !== "Webhook") {
    yield notSupported("spec.conversion.strategy", strategy, ["None", "Webhook"])
  }
  if (strategy === "Webhook") {
    if (webhook?.clientConfig === undefined) {
      yield required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook")
    }
    if ((webhook?.conversionReviewVersions ?? []).length === 0) {
      yield required("spec.conversion.conversionReviewVersions")
    }
  }
}
