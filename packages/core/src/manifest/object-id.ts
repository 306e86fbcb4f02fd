import type { Manifest } from "./manifest.ts"

/**
 * Names an object in the cluster regardless of API version: `Deployment.apps/test/podinfo-ga`, `Service/test/podinfo`,
 * `Namespace//test`. The form of the inventory in Repository.status.
 */
export type ObjectId = string

export interface ObjectIdParts {
  /** "" for the core group. */
  readonly group: string
  readonly kind: string
  /** "" for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

export function formatObjectId(parts: ObjectIdParts): ObjectId {
  return `${parts.kind}${parts.group ? `.${parts.group}` : ""}/${parts.namespace}/${parts.name}`
}

export function parseObjectId(id: ObjectId): ObjectIdParts {
  const [type = "", namespace = "", name = ""] = id.split("/")
  const dot = type.indexOf(".")
  return {
    group: dot < 0 ? "" : type.slice(dot + 1),
    kind: dot < 0 ? type : type.slice(0, dot),
    namespace,
    name,
  }
}

/** Group of an `apiVersion`: "" for `v1`, `apps` for `apps/v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/")
  return slash < 0 ? "" : apiVersion.slice(0, slash)
}

/** Id of an object whose kind is namespaced or not; a namespaced one without a namespace is in `default`, as for kubectl. */
export function objectIdOf(object: Pick<Manifest, "apiVersion" | "kind" | "metadata">, namespaced: boolean): ObjectId {
  return formatObjectId({
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace: namespaced ? (object.metadata.namespace ?? "default") : "",
    name: object.metadata.name,
  })
}

/** `Deployment test/podinfo-ga`, as people write it. */
export function describeObjectId(id: ObjectId): string {
  const { kind, namespace, name } = parseObjectId(id)
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`
}
