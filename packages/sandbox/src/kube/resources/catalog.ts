import type { ResourceRef } from "../client.ts"
import type { GroupDiscovery } from "./discovery-data.ts"
import { builtInResources, type Resource } from "./resource.ts"
import { compareVersions } from "./versions.ts"

/** A group and its versions, the preferred one first, each with its resources by name. */
export interface ServedGroup {
  readonly name: string
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, Resource>>
}

/**
 * Everything that is served: the built-in resources as a real server listed them, and those of the
 * CustomResourceDefinitions of the moment.
 */
export class Catalog {
  readonly #builtIn: readonly ServedGroup[]
  /** By the name of the CustomResourceDefinition. */
  readonly #custom = new Map<string, readonly Resource[]>()
  #groups: readonly ServedGroup[]
  #byName: ReadonlyMap<string, ServedGroup>
  #generation = 0

  constructor(builtIn: readonly GroupDiscovery[]) {
    this.#builtIn = builtIn.map((group) => groupOf(group.metadata.name ?? "", [...builtInResources(group)]))
    this.#groups = this.#builtIn
    this.#byName = byName(this.#groups)
  }

  /** Changes whenever what is served changes. */
  get generation(): number {
    return this.#generation
  }

  /** The core group "" first. */
  get groups(): readonly ServedGroup[] {
    return this.#groups
  }

  group(name: string): ServedGroup | undefined {
    return this.#byName.get(name)
  }

  find(ref: ResourceRef): Resource | undefined {
    return this.#byName.get(ref.group)?.versions.get(ref.version)?.get(ref.resource)
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    const resources = this.#byName.get(group)?.versions.get(version)?.values() ?? []
    for (const resource of resources) if (resource.kind === kind) return resource
    return undefined
  }

  /** Serves the definition's resources (one for each served version) from now on; none: no longer. */
  setCustom(definition: string, resources: readonly Resource[]): void {
    if (resources.length === 0) this.#custom.delete(definition)
    else this.#custom.set(definition, resources)
    this.#rebuild()
  }

  #rebuild(): void {
    const added = new Map<string, Resource[]>()
    for (const resources of this.#custom.values())
      for (const resource of resources) added.set(resource.group, [...(added.get(resource.group) ?? []), resource])
    const custom = [...added]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, resources]) => groupOf(name, resources.sort(byVersionThenName)))
    this.#groups = [...this.#builtIn, ...custom]
    this.#byName = byName(this.#groups)
    this.#generation += 1
  }
}

function groupOf(name: string, resources: readonly Resource[]): ServedGroup {
  const versions = new Map<string, Map<string, Resource>>()
  for (const resource of resources) {
    const version = versions.get(resource.version) ?? new Map<string, Resource>()
    versions.set(resource.version, version.set(resource.resource, resource))
  }
  return { name, versions }
}

function byName(groups: readonly ServedGroup[]): ReadonlyMap<string, ServedGroup> {
  return new Map(groups.map((group) => [group.name, group]))
}

function byVersionThenName(a: Resource, b: Resource): number {
  return compareVersions(b.version, a.version) || (a.resource < b.resource ? -1 : 1)
}
