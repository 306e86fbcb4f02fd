import { ApiError, type KubeClient } from "../kube/index.ts"
import type { ConfigMap, Secret } from "../kube/types.gen.ts"
import { refs } from "./refs.ts"

/** Something that a container needs and that is not there; worded as the kubelet's `CreateContainerConfigError`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
}

/** What pods read of ConfigMaps and Secrets. Undefined: it is not there and `optional`; else that is a `ConfigError`. */
export class Configuration {
  constructor(private readonly client: KubeClient) {}

  async configMap(
    namespace: string,
    name: string,
    optional: boolean,
  ): Promise<ReadonlyMap<string, Buffer> | undefined> {
    const found = await this.find<ConfigMap>(refs.configMaps, "configmap", namespace, name, optional)
    if (found === undefined) return undefined
    const text = Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const)
    const binary = Object.entries(found.binaryData ?? {}).map(([key, value]) => [key, fromBase64(value)] as const)
    return new Map([...text, ...binary])
  }

  async secret(namespace: string, name: string, optional: boolean): Promise<ReadonlyMap<string, Buffer> | undefined> {
    const found = await this.find<Secret>(refs.secrets, "secret", namespace, name, optional)
    if (found === undefined) return undefined
    return new Map(Object.entries(found.data ?? {}).map(([key, value]) => [key, fromBase64(value)] as const))
  }

  async configMapText(namespace: string, name: string, optional: boolean) {
    return asText(await this.configMap(namespace, name, optional))
  }

  async secretText(namespace: string, name: string, optional: boolean) {
    return asText(await this.secret(namespace, name, optional))
  }

  private async find<T extends ConfigMap | Secret>(
    ref: (typeof refs)["configMaps" | "secrets"],
    kind: string,
    namespace: string,
    name: string,
    optional: boolean,
  ): Promise<T | undefined> {
    try {
      return await this.client.get<T>(ref, name, namespace)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "NotFound") throw error
      if (optional) return undefined
      throw new ConfigError(`${kind} ${JSON.stringify(name)} not found`)
    }
  }
}

const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64")

function asText(data: ReadonlyMap<string, Buffer> | undefined): ReadonlyMap<string, string> | undefined {
  return data && new Map([...data].map(([key, value]) => [key, value.toString("utf8")] as const))
}
