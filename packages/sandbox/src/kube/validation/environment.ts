import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from "../types.gen.ts"
import { follows, isEmpty, requiredName } from "./checks.ts"
import { invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { configKey, dnsSubdomain, environmentName, qualifiedName } from "./names.ts"

const inEnvironment = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]
const inVolume = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"]
/** Fields that the downward API knows at all. */
const known = new Set([...inEnvironment, ...inVolume, "spec.restartPolicy", "spec.schedulerName", "status.phase"])

const resourceFields = ["cpu", "ephemeral-storage", "memory"]
const resources = ["limits", "requests"].flatMap((list) => resourceFields.map((one) => `${list}.${one}`))

export function* validateEnv(field: string, variables: readonly EnvVar[]): Iterable<FieldError> {
  for (const [index, variable] of variables.entries()) {
    const path = `${field}[${index}]`
    yield* requiredName(environmentName, `${path}.name`, variable.name)
    yield* validateSource(`${path}.valueFrom`, variable)
  }
}

function* validateSource(path: string, { value, valueFrom }: EnvVar): Iterable<FieldError> {
  if (valueFrom === undefined) return
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fieldRef !== undefined) yield* fieldSelector(`${path}.fieldRef`, fieldRef, "environment")
  if (resourceFieldRef !== undefined) yield* resourceSelector(`${path}.resourceFieldRef`, resourceFieldRef)
  if (configMapKeyRef !== undefined) yield* keySelector(`${path}.configMapKeyRef`, configMapKeyRef)
  if (secretKeyRef !== undefined) yield* keySelector(`${path}.secretKeyRef`, secretKeyRef)
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    (source) => source !== undefined,
  )
  if (sources.length === 0) {
    yield invalidValue(
      path,
      "",
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
    )
  } else if (!isEmpty(value)) yield invalidValue(path, "", "may not be specified when `value` is not empty")
  else if (sources.length > 1) yield invalidValue(path, "", "may not have more than one field specified at a time")
}

export function* fieldSelector(
  path: string,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  use: "environment" | "volume",
): Iterable<FieldError> {
  if (isEmpty(apiVersion)) yield required(`${path}.apiVersion`)
  else if (fieldPath === "") yield required(`${path}.fieldPath`)
  else {
    const [, name = fieldPath, key] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? []
    const supported = use === "volume" ? inVolume : inEnvironment
    if (!known.has(name)) {
      const why = `error converting fieldPath: field label not supported: ${name}`
      yield invalidValue(`${path}.fieldPath`, fieldPath, why)
    } else if (key !== undefined) {
      if (name === "metadata.annotations") yield* follows(qualifiedName, path, key.toLowerCase())
      else if (name === "metadata.labels") yield* follows(qualifiedName, path, key)
      else yield invalidValue(path, name, "does not support subscript")
    } else if (!supported.includes(name)) yield notSupported(`${path}.fieldPath`, name, supported)
  }
}

export function* resourceSelector(path: string, { resource }: ResourceFieldSelector): Iterable<FieldError> {
  if (resource === "") yield required(`${path}.resource`)
  else if (!resources.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    yield notSupported(`${path}.resource`, resource, resources)
  }
}

function* keySelector(
  path: string,
  { name, key }: { readonly name?: string; readonly key: string },
): Iterable<FieldError> {
  yield* follows(dnsSubdomain, `${path}.name`, name ?? "")
  yield* requiredName(configKey, `${path}.key`, key)
}

export function* validateEnvFrom(field: string, sources: readonly EnvFromSource[]): Iterable<FieldError> {
  for (const [index, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const path = `${field}[${index}]`
    if (!isEmpty(prefix)) yield* follows(environmentName, `${path}.prefix`, prefix)
    if (configMapRef !== undefined) yield* requiredName(dnsSubdomain, `${path}.configMapRef.name`, configMapRef.name)
    if (secretRef !== undefined) yield* requiredName(dnsSubdomain, `${path}.secretRef.name`, secretRef.name)
    // The real server names the list and not its item here.
    if (configMapRef === undefined && secretRef === undefined) {
      yield invalidValue(field, "", "must specify one of: `configMapRef` or `secretRef`")
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      yield invalidValue(field, "", "may not have more than one field specified at a time")
    }
  }
}
