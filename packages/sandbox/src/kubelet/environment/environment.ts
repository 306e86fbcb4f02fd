import type { Container, EnvVar, Pod, Service } from "../../kube/types.gen.ts"
import type { Configuration } from "../configuration.ts"
import { ConfigError } from "../configuration.ts"
import { expand } from "./expand.ts"
import { fieldValue, resourceValue, type Capacity, type PodAddresses } from "./field-ref.ts"
import { serviceVariables } from "./service-links.ts"

export interface EnvironmentOptions {
  readonly pod: Pod
  readonly container: Container
  /** `NAME=value` of the image. */
  readonly image: readonly string[]
  readonly addresses: PodAddresses
  readonly capacity: Capacity
  readonly services: readonly Service[]
  readonly configuration: Configuration
}

/**
 * A container's environment: the image's, of Services, `envFrom`, `env`, each over those before it. Rejects with a
 * `ConfigError` when something that is not optional is missing.
 */
export async function environment(options: EnvironmentOptions): Promise<Map<string, string>> {
  const { pod, container, configuration } = options
  const namespace = pod.metadata.namespace ?? ""
  const own = new Map<string, string>()
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef
      ? await configuration.configMapText(namespace, configMapRef.name ?? "", configMapRef.optional ?? false)
      : await configuration.secretText(namespace, secretRef?.name ?? "", secretRef?.optional ?? false)
    for (const [key, value] of data ?? []) own.set(prefix + key, value)
  }
  const links = serviceVariables(options.services, namespace, pod.spec?.enableServiceLinks ?? true)
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, options, own, links)
    if (value !== undefined) own.set(variable.name, value)
  }
  const all = new Map<string, string>()
  for (const pair of options.image) {
    const at = pair.indexOf("=")
    if (at > 0) all.set(pair.slice(0, at), pair.slice(at + 1))
  }
  for (const [name, value] of [...links, ...own]) all.set(name, value)
  return all
}

/** Undefined: an optional source that is not there, so the variable is not set. */
async function valueOf(
  variable: EnvVar,
  { pod, container, addresses, capacity, configuration }: EnvironmentOptions,
  own: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? ""
  const { valueFrom } = variable
  if (valueFrom === undefined) return expand(variable.value ?? "", new Map([...links, ...own]))
  if (valueFrom.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath, addresses)
  if (valueFrom.resourceFieldRef) return resourceValue(pod, container, valueFrom.resourceFieldRef, capacity)
  if (valueFrom.configMapKeyRef) {
    const { name = "", key, optional = false } = valueFrom.configMapKeyRef
    const data = await configuration.configMapText(namespace, name, optional)
    return keyOf(data, key, optional, `couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
  }
  if (valueFrom.secretKeyRef) {
    const { name = "", key, optional = false } = valueFrom.secretKeyRef
    const data = await configuration.secretText(namespace, name, optional)
    return keyOf(data, key, optional, `couldn't find key ${key} in Secret ${namespace}/${name}`)
  }
  throw new ConfigError(`variable ${variable.name} takes its value from a source that this node does not know`)
}

function keyOf(
  data: ReadonlyMap<string, string> | undefined,
  key: string,
  optional: boolean,
  missing: string,
): string | undefined {
  const value = data?.get(key)
  if (value === undefined && !optional) throw new ConfigError(missing)
  return value
}
