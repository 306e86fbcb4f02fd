import { createHash } from "node:crypto"
import type { Json } from "../json.ts"
import { type Catalog, groupVersion, type Resource, type ServedGroup, type Subresource } from "../resources/index.ts"

const AGGREGATED = /application\/json;g=apidiscovery\.k8s\.io;v=(v2|v2beta1);as=APIGroupDiscoveryList/

/** The version of aggregated discovery that the client prefers, if it asks for one. */
export function aggregatedVersion(accept: string | undefined): string | undefined {
  return AGGREGATED.exec((accept ?? "").replaceAll(/\s/g, ""))?.[1]
}

/** `/api` (the core group) or `/apis` in one document with all resources. */
export function aggregated(catalog: Catalog, core: boolean, version: string): Json {
  const groups = catalog.groups.filter((group) => (group.name === "") === core)
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === "" ? {} : { name: group.name },
      versions: [...group.versions].map(([name, resources]) => ({
        version: name,
        resources: [...resources.values()].sort(byName).map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  }
}

const byName = (a: Resource, b: Resource): number => (a.resource < b.resource ? -1 : 1)

function aggregatedResource(resource: Resource): Json {
  return {
    resource: resource.resource,
    responseKind: kindReference(resource, resource),
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.size === 0
      ? {}
      : {
          subresources: [...resource.subresources.values()].map((sub) => ({
            subresource: sub.name,
            responseKind: kindReference(resource, sub),
            verbs: sub.verbs,
          })),
        }),
  }
}

/** Built-in resources leave out a group and version that are their own. */
function kindReference(resource: Resource, { group, version, kind }: Subresource | Resource): Json {
  const own = group === resource.group && version === resource.version
  return own && !resource.custom ? { group: "", version: "", kind } : { group, version, kind }
}

export function apiVersions(address: string): Json {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  }
}

export function groupList(catalog: Catalog): Json {
  const groups = catalog.groups.filter((group) => group.name !== "").map(groupDocument)
  return { kind: "APIGroupList", apiVersion: "v1", groups }
}

/** `/apis/GROUP`, if that is served. */
export function groupDetails(catalog: Catalog, name: string): Json | undefined {
  const group = catalog.group(name)
  if (group === undefined || name === "") return undefined
  return { kind: "APIGroup", apiVersion: "v1", ...groupDocument(group) }
}

function groupDocument(group: ServedGroup): Json {
  const versions = [...group.versions.keys()].map((version) => ({
    groupVersion: groupVersion({ group: group.name, version }),
    version,
  }))
  return { name: group.name, versions, preferredVersion: versions[0] }
}

/** `/api/v1` or `/apis/GROUP/VERSION`, if that is served. */
export function resourceList(catalog: Catalog, group: string, version: string): Json | undefined {
  const resources = catalog.group(group)?.versions.get(version)
  if (resources === undefined) return undefined
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: groupVersion({ group, version }),
    resources: [...resources.values()].sort(byName).flatMap(legacyResources),
  }
}

function legacyResources(resource: Resource): Json[] {
  const main: Json = {
    name: resource.resource,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.verbs.includes("watch") ? { storageVersionHash: storageVersionHash(resource) } : {}),
  }
  const subresources = [...resource.subresources.values()].map(({ name, group, version, kind, verbs }) => ({
    name: `${resource.resource}/${name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...(group === resource.group && version === resource.version ? {} : { group, version }),
    kind,
    verbs,
  }))
  return [main, ...subresources]
}

/** Changes when objects are kept in another version, which tells clients that a migration is due. */
function storageVersionHash({ storageVersion, kind }: Resource): string {
  const version = storageVersion.includes("/") ? storageVersion : `/${storageVersion}`
  return createHash("sha256").update(`${version}/${kind}`).digest().subarray(0, 8).toString("base64")
}
