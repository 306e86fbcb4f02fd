import type { KubeObject } from "../client.ts"
import type { CustomResourceDefinition, CustomResourceDefinitionSpec } from "../types.gen.ts"
import { immutable } from "../validation/checks.ts"
import { invalidValue, notSupported, type FieldError } from "../validation/errors.ts"
import { validateMeta, validateMetaUpdate } from "../validation/metadata.ts"
import { checkGroup, checkNames, definitionName } from "./names.ts"
import { checkConversion, checkVersions } from "./versions.ts"

/** What is wrong with a CustomResourceDefinition, as the real server says it. `old` is the one before an update. */
export function* validateDefinition(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const definition = object as CustomResourceDefinition
  const { spec } = definition
  if (old === undefined) yield* validateMeta(object, definitionName(definition), false)
  else {
    yield* validateMetaUpdate(object, old)
    yield* checkChanges(spec, old as CustomResourceDefinition)
  }
  yield* checkGroup(definition)
  if (!SCOPES.includes(spec.scope)) yield notSupported("spec.scope", spec.scope, SCOPES)
  yield* checkNames(spec.names)
  yield* checkVersions(spec)
  yield* checkConversion(spec)
  yield* checkPreserving(spec)
  yield* checkStored(definition)
}

const SCOPES = ["Cluster", "Namespaced"]

/** What a definition is found by never changes; once it is served, neither does what its objects are. */
function* checkChanges(spec: CustomResourceDefinitionSpec, old: CustomResourceDefinition): Iterable<FieldError> {
  yield* immutable("spec.group", spec.group, old.spec.group)
  yield* immutable("spec.names.plural", spec.names.plural, old.spec.names.plural)
  const conditions = old.status?.conditions ?? []
  if (!conditions.some(({ type, status }) => type === "Established" && status === "True")) return
  yield* immutable("spec.scope", spec.scope, old.spec.scope)
  yield* immutable("spec.names.kind", spec.names.kind, old.spec.names.kind)
}

function* checkPreserving(spec: CustomResourceDefinitionSpec): Iterable<FieldError> {
  if (spec.preserveUnknownFields !== true) return
  const field = "spec.preserveUnknownFields"
  if (JSON.stringify(spec.versions).includes('"default":')) {
    yield invalidValue(field, true, "must be false in order to use defaults in the schema")
  }
  const instead = "set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
  yield invalidValue(field, true, `cannot set to true, ${instead}`)
}

/** A version that objects may be stored in must stay known. */
function* checkStored({ spec, status }: CustomResourceDefinition): Iterable<FieldError> {
  const field = "status.storedVersions"
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) {
    yield invalidValue(field, null, "must have at least one stored version")
    return
  }
  for (const { name, storage } of spec.versions) {
    if (storage && !stored.includes(name)) yield invalidValue(field, stored, `must have the storage version ${name}`)
  }
  for (const [index, version] of stored.entries()) {
    if (spec.versions.some(({ name }) => name === version)) continue
    const migration = `must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`
    const problem = `missing from spec.versions; ${version} was previously a storage version, and ${migration}`
    yield invalidValue(`${field}[${index}]`, version, problem)
  }
}
