import type { KubeObject } from "../client.ts"
import type { ObjectMeta, OwnerReference } from "../types.gen.ts"
import { follows, immutable, isEmpty, labels, nonNegative, sortedEntries } from "./checks.ts"
import { forbidden, invalidValue, required, tooLong, type FieldError } from "./errors.ts"
import { qualifiedName, type Rule } from "./names.ts"

const MAX_ANNOTATIONS = 256 * 1024
const MAX_MANAGER = 128

/** Finalizers without a domain that Kubernetes knows itself. */
const standardFinalizers: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"])

/** What all kinds' metadata must be. `rule` is what the kind asks of its names. */
export function* validateMeta({ metadata }: KubeObject, rule: Rule, kubeFinalizers = true): Iterable<FieldError> {
  const { name, generateName, finalizers } = metadata
  // A trailing dash is fine where more is to come.
  if (!isEmpty(generateName)) yield* follows(rule, "metadata.generateName", generateName.replace(/-$/, "a"))
  if (isEmpty(name)) yield required("metadata.name", "name or generateName is required")
  else yield* follows(rule, "metadata.name", name)
  yield* nonNegative("metadata.generation", metadata.generation)
  yield* validateCommon(metadata)
  yield* validateFinalizers(finalizers ?? [])
  yield* validateManagers(metadata)
  if (kubeFinalizers) {
    for (const [index, finalizer] of (finalizers ?? []).entries()) {
      yield* kubeFinalizer(`metadata.finalizers[${index}]`, finalizer)
    }
  }
}

/** What an update may do to metadata. */
export function* validateMetaUpdate({ metadata }: KubeObject, old: KubeObject): Iterable<FieldError> {
  const before = old.metadata
  if (before.deletionTimestamp !== undefined) {
    const extra = (metadata.finalizers ?? []).filter((one) => !(before.finalizers ?? []).includes(one)).sort()
    if (extra.length > 0) {
      const shown = `[]string{${extra.map((one) => JSON.stringify(one)).join(", ")}}`
      yield forbidden(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
      )
    }
  }
  for (const field of ["name", "namespace", "uid"] as const) {
    yield* immutable(`metadata.${field}`, metadata[field] ?? "", before[field] ?? "")
  }
  yield* validateCommon(metadata)
  yield* validateManagers(metadata)
}

function* validateCommon(metadata: ObjectMeta): Iterable<FieldError> {
  yield* labels("metadata.labels", metadata.labels)
  yield* annotations("metadata.annotations", metadata.annotations)
  yield* validateOwners(metadata.ownerReferences ?? [])
}

export function* annotations(field: string, map: Readonly<Record<string, string>> | undefined): Iterable<FieldError> {
  let size = 0
  for (const [key, value] of sortedEntries(map)) {
    for (const problem of qualifiedName(key.toLowerCase())) yield invalidValue(field, key, problem)
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > MAX_ANNOTATIONS) yield tooLong(field, MAX_ANNOTATIONS)
}

function* validateOwners(owners: readonly OwnerReference[]): Iterable<FieldError> {
  const path = "metadata.ownerReferences"
  let first: string | undefined
  for (const owner of owners) {
    if (/^$|\/$/.test(owner.apiVersion)) {
      yield invalidValue(`${path}.apiVersion`, owner.apiVersion, "version must not be empty")
    }
    for (const field of ["kind", "name", "uid"] as const) {
      if (owner[field] === "") yield invalidValue(`${path}.${field}`, "", "must not be empty")
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      yield invalidValue(path, owner, "/v1, Kind=Event is disallowed from being an owner")
    }
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (first !== undefined) {
      yield invalidValue(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${name}`,
      )
    }
    first ??= name
  }
}

function* validateFinalizers(finalizers: readonly string[]): Iterable<FieldError> {
  for (const finalizer of finalizers) yield* follows(qualifiedName, "metadata.finalizers", finalizer)
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    yield invalidValue("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set")
  }
}

export function* kubeFinalizer(field: string, finalizer: string): Iterable<FieldError> {
  if (finalizer.includes("/") || standardFinalizers.has(finalizer)) return
  yield invalidValue(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")
}

function* validateManagers({ managedFields }: ObjectMeta): Iterable<FieldError> {
  for (const [index, { manager = "" }] of (managedFields ?? []).entries()) {
    if (Buffer.byteLength(manager) > MAX_MANAGER) {
      yield tooLong(`metadata.managedFields[${index}].manager`, MAX_MANAGER)
    }
  }
}
