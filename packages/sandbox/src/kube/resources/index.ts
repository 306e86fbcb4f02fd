export { Catalog, type ServedGroup } from "./catalog.ts"
export type { GroupDiscovery, ResourceDiscovery } from "./discovery-data.ts"
export { groupVersion, parseGroupVersion, type Resource, type ScalePaths, type Subresource } from "./resource.ts"
export { compareVersions } from "./versions.ts"
