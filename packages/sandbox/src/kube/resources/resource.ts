import type { ResourceRef } from "../client.ts"
import type { CustomResourceColumnDefinition, JSONSchemaProps } from "../types.gen.ts"
import type { GroupDiscovery, ResourceDiscovery, VersionDiscovery } from "./discovery-data.ts"

export interface Subresource {
  readonly name: string
  /** Of the objects that are sent and answered. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

/** Field names from the root of the object. */
export interface ScalePaths {
  readonly specReplicas: readonly string[]
  readonly statusReplicas: readonly string[]
  /** Of a label selector: an object in built-in kinds, text in custom ones. */
  readonly selector?: readonly string[]
}

const BUILT_IN_SCALE: ScalePaths = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: ["spec", "selector"],
}

/** One resource in one version, as a URL names it. */
export interface Resource extends ResourceRef {
  readonly kind: string
  readonly listKind: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: ReadonlyMap<string, Subresource>
  /** The store's collection; versions of a resource, and the two faces of events, share one. */
  readonly storage: string
  /** `group/version` of the objects in the store. */
  readonly storageVersion: string
  /** Defined by a CustomResourceDefinition. */
  readonly custom: boolean
  /** Said with every answer about a resource that is on its way out. */
  readonly deprecation?: string
  /** Of a custom resource: what its definition says of its objects. */
  readonly schema?: JSONSchemaProps
  /** Of a custom resource: the columns that its definition gives it. */
  readonly columns?: readonly CustomResourceColumnDefinition[]
  /** Where `scale` finds its numbers; absent where there is no such subresource. */
  readonly scale?: ScalePaths
}

/** `apps/v1`, or `v1` in the core group. */
export function groupVersion(ref: Pick<ResourceRef, "group" | "version">): string {
  return ref.group === "" ? ref.version : `${ref.group}/${ref.version}`
}

export function parseGroupVersion(text: string): { readonly group: string; readonly version: string } {
  const slash = text.indexOf("/")
  return slash < 0 ? { group: "", version: text } : { group: text.slice(0, slash), version: text.slice(slash + 1) }
}

/** Resources that are kept in another place or version than their own. */
const STORED_ELSEWHERE: Readonly<Record<string, { readonly storage: string; readonly version: string }>> = {
  "events.k8s.io/v1/events": { storage: "events", version: "v1" },
  "autoscaling/v1/horizontalpodautoscalers": {
    storage: "autoscaling/horizontalpodautoscalers",
    version: "autoscaling/v2",
  },
}

const DEPRECATIONS: Readonly<Record<string, string>> = {
  "/v1/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  "/v1/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}

/** The resources of a group as a real server listed them. */
export function* builtInResources(group: GroupDiscovery): Iterable<Resource> {
  for (const version of group.versions)
    for (const resource of version.resources) yield builtIn(group.metadata.name ?? "", version, resource)
}

function builtIn(group: string, { version }: VersionDiscovery, found: ResourceDiscovery): Resource {
  const ref = { group, version, resource: found.resource }
  const path = `${group}/${version}/${found.resource}`
  const elsewhere = STORED_ELSEWHERE[path]
  const deprecation = DEPRECATIONS[path]
  // A resource may answer with a kind of another group, e.g. `pods/eviction` of the core group.
  const kindGroup = (kind: { group: string; version: string }) => ({
    group: kind.group === "" && kind.version === "" ? group : kind.group,
    version: kind.version === "" ? version : kind.version,
  })
  return {
    ...ref,
    kind: found.responseKind.kind,
    listKind: `${found.responseKind.kind}List`,
    singular: found.singularResource,
    namespaced: found.scope === "Namespaced",
    verbs: found.verbs,
    shortNames: found.shortNames ?? [],
    categories: found.categories ?? [],
    subresources: new Map(
      (found.subresources ?? []).map((sub) => [
        sub.subresource,
        {
          name: sub.subresource,
          ...kindGroup(sub.responseKind),
          kind: sub.responseKind.kind,
          verbs: sub.verbs,
        },
      ]),
    ),
    storage: elsewhere?.storage ?? (group === "" ? found.resource : `${group}/${found.resource}`),
    storageVersion: elsewhere?.version ?? groupVersion(ref),
    custom: false,
    ...(deprecation === undefined ? {} : { deprecation }),
    ...((found.subresources ?? []).some((sub) => sub.subresource === "scale") ? { scale: BUILT_IN_SCALE } : {}),
  }
}
