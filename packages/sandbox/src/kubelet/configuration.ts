import { ApiError, type KubeClient, type KubeObject } from "../kube/index.ts"
import type { ConfigMap, Pod, Secret, ServiceAccountTokenProjection } from "../kube/types.gen.ts"
import { refs } from "./refs.ts"

/** Something that a container needs and that is not there; worded as the kubelet's `CreateContainerConfigError`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
}

interface TokenRequest extends KubeObject {
  readonly spec: {
    readonly audiences: readonly string[]
    readonly expirationSeconds?: number
    readonly boundObjectRef: {
      readonly apiVersion: string
      readonly kind: string
      readonly name: string
      readonly uid: string
    }
  }
  readonly status?: { readonly token: string }
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

  /** A token of the pod's service account that ends with the pod. */
  async token(pod: Pod, { audience, expirationSeconds }: ServiceAccountTokenProjection): Promise<string> {
    const { name = "", namespace = "", uid = "" } = pod.metadata
    const account = pod.spec?.serviceAccountName ?? "default"
    const request: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: account, namespace },
      spec: {
        audiences: audience === undefined || audience === "" ? [] : [audience],
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
      },
    }
    try {
      const { status } = await this.client.create(refs.serviceAccountTokens, request)
      return status?.token ?? ""
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      throw new ConfigError(`failed to fetch token: ${error.message}`)
    }
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
