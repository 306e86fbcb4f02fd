import type { KubeObject, ServedResource } from "../../kube/index.ts"
import type { OwnerReference } from "../../kube/types.gen.ts"

/** What the collector remembers of an object. */
export interface Entry {
  readonly uid: string
  readonly resource: ServedResource
  readonly name: string
  readonly namespace: string | undefined
  readonly owners: readonly OwnerReference[]
  readonly finalizers: readonly string[]
  readonly deleting: boolean
}

/** All objects by uid, and who depends on whom. It follows watches, so it may be a little behind. */
export class OwnershipGraph {
  readonly #entries = new Map<string, Entry>()
  readonly #dependents = new Map<string, Set<string>>()

  put(resource: ServedResource, { metadata }: KubeObject): Entry {
    const { uid = "", name = "", namespace, ownerReferences: owners = [], finalizers = [] } = metadata
    this.#unlink(uid)
    const entry = {
      uid,
      resource,
      name,
      namespace,
      owners,
      finalizers,
      deleting: metadata.deletionTimestamp !== undefined,
    }
    this.#entries.set(uid, entry)
    for (const owner of owners) {
      const siblings = this.#dependents.get(owner.uid) ?? new Set()
      this.#dependents.set(owner.uid, siblings.add(uid))
    }
    return entry
  }

  remove(uid: string): void {
    this.#unlink(uid)
    this.#entries.delete(uid)
  }

  get(uid: string): Entry | undefined {
    return this.#entries.get(uid)
  }

  dependents(uid: string): Entry[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#entries.get(dependent) ?? [])
  }

  /** Entries of a resource, e.g. one that is no longer served. */
  of({ group, resource }: Pick<ServedResource, "group" | "resource">): Entry[] {
    return [...this.#entries.values()].filter(
      (entry) => entry.resource.group === group && entry.resource.resource === resource,
    )
  }

  #unlink(uid: string): void {
    for (const owner of this.#entries.get(uid)?.owners ?? []) {
      const siblings = this.#dependents.get(owner.uid)
      siblings?.delete(uid)
      if (siblings?.size === 0) this.#dependents.delete(owner.uid)
    }
  }
}
