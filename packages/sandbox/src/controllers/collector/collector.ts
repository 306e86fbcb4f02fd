import { ApiError, type KubeClient, type KubeObject, type ServedResource } from "../../kube/index.ts"
import type { OwnerReference } from "../../kube/types.gen.ts"
import { missing, present, refs, WorkQueue, type Context, type Controller, type Outcome } from "../runtime/index.ts"
import { blocks, decide, FOREGROUND, ORPHAN, type Standing } from "./decide.ts"
import { OwnershipGraph, type Entry } from "./graph.ts"

/** Collects what has lost its owners, and carries out deletions in the foreground and those that leave orphans. */
export function startCollector(context: Context): Controller {
  return new Collector(context)
}

class Collector implements Controller {
  readonly #client: KubeClient
  readonly #graph = new OwnershipGraph()
  readonly #queue: WorkQueue
  readonly #watches = new Map<string, AbortController>()
  readonly #stop = new AbortController()

  constructor({ client, log }: Context) {
    this.#client = client
    this.#queue = new WorkQueue("collector", (uid) => this.#reconcile(uid), log)
    this.#watchServed()
    // What is served changes with the definitions; a definition is served a moment after it is written.
    client.watch(refs.definitions, {}, () => setImmediate(() => this.#watchServed()), this.#stop.signal)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    for (const watch of this.#watches.values()) watch.abort()
    await this.#queue.close()
  }

  #watchServed(): void {
    if (this.#stop.signal.aborted) return
    const served = new Map(collectable(this.#client.resources()).map((one) => [`${one.group}/${one.resource}`, one]))
    for (const [key, watch] of this.#watches) {
      if (served.has(key)) continue
      watch.abort()
      this.#watches.delete(key)
      const [group = "", resource = ""] = key.split("/")
      for (const { uid } of this.#graph.of({ group, resource })) this.#forget(uid)
    }
    for (const [key, resource] of served) {
      if (this.#watches.has(key)) continue
      const watch = new AbortController()
      this.#watches.set(key, watch)
      const onEvent = ({ type, object }: { type: string; object: KubeObject }) => this.#see(type, resource, object)
      this.#client.watch(resource, {}, onEvent, watch.signal)
    }
  }

  #see(type: string, resource: ServedResource, object: KubeObject): void {
    if (type === "DELETED") {
      this.#forget(object.metadata.uid ?? "")
      return
    }
    const { uid, owners, deleting } = this.#graph.put(resource, object)
    if (owners.length > 0 || deleting) this.#queue.add(uid)
    // A dependent that came to be deleted or let go may be the last one its owner waits for.
    for (const owner of owners) if (this.#graph.get(owner.uid)?.deleting === true) this.#queue.add(owner.uid)
  }

  #forget(uid: string): void {
    const entry = this.#graph.get(uid)
    this.#graph.remove(uid)
    for (const dependent of this.#graph.dependents(uid)) this.#queue.add(dependent.uid)
    for (const owner of entry?.owners ?? []) this.#queue.add(owner.uid)
  }

  async #reconcile(uid: string): Promise<Outcome> {
    const entry = this.#graph.get(uid)
    if (entry === undefined) return undefined
    if (entry.deleting && entry.finalizers.includes(ORPHAN)) return this.#orphan(entry)
    if (entry.deleting && entry.finalizers.includes(FOREGROUND)) return this.#finishForeground(entry)
    if (entry.deleting || entry.owners.length === 0) return undefined
    const owners = []
    for (const owner of entry.owners) owners.push({ owner, standing: await this.#standing(entry, owner) })
    const decision = decide(entry, owners, this.#graph.dependents(uid).length > 0)
    if (decision.do === "delete") {
      const options = { propagationPolicy: decision.policy, preconditions: { uid } }
      await missing(this.#client.delete(entry.resource, entry.name, entry.namespace, options))
    } else if (decision.do === "drop owners") await this.#patch(entry, { ownerReferences: decision.keep })
    return undefined
  }

  /** The API server is asked before anything is deleted: the graph may not have seen the owner yet. */
  async #standing(
    entry: Entry,
    { apiVersion, kind, name, uid, blockOwnerDeletion }: OwnerReference,
  ): Promise<Standing> {
    const slash = apiVersion.indexOf("/")
    const group = slash < 0 ? "" : apiVersion.slice(0, slash)
    const version = apiVersion.slice(slash + 1)
    const resource = this.#client
      .resources()
      .find((one) => one.group === group && one.version === version && one.kind === kind)
    if (resource === undefined) throw new Error(`no resource is served for the owner's ${apiVersion} ${kind}`)
    const owner = await present(this.#client.get(resource, name, resource.namespaced ? entry.namespace : undefined))
    if (owner === undefined || owner.metadata.uid !== uid) return "dangling"
    const { deletionTimestamp, finalizers = [] } = owner.metadata
    const waits = deletionTimestamp !== undefined && finalizers.includes(FOREGROUND)
    return waits && blockOwnerDeletion === true ? "waiting" : "solid"
  }

  async #orphan(owner: Entry): Promise<Outcome> {
    for (const dependent of this.#graph.dependents(owner.uid)) {
      await this.#patch(dependent, { ownerReferences: dependent.owners.filter(({ uid }) => uid !== owner.uid) })
    }
    await this.#patch(owner, { finalizers: owner.finalizers.filter((finalizer) => finalizer !== ORPHAN) })
    return undefined
  }

  async #finishForeground(owner: Entry): Promise<Outcome> {
    const waited = this.#graph.dependents(owner.uid).filter((dependent) => blocks(owner, dependent))
    if (waited.length === 0) {
      await this.#patch(owner, { finalizers: owner.finalizers.filter((finalizer) => finalizer !== FOREGROUND) })
    } else for (const dependent of waited) if (!dependent.deleting) this.#queue.add(dependent.uid)
    return undefined
  }

  /** Changes an object's metadata, but not that of another object that got its name. */
  async #patch({ resource, name, namespace, uid }: Entry, metadata: object): Promise<void> {
    try {
      await missing(this.#client.patch(resource, name, namespace, "merge", { metadata: { uid, ...metadata } }))
    } catch (error) {
      const replaced = error instanceof ApiError && error.reason === "Conflict"
      const live = replaced ? await present(this.#client.get(resource, name, namespace)) : undefined
      if (!replaced || live?.metadata.uid === uid) throw error
    }
  }
}

/** What can be watched and deleted, each in one version only. Events are neither owned nor own anything. */
function collectable(resources: readonly ServedResource[]): ServedResource[] {
  const byName = new Map<string, ServedResource>()
  for (const resource of resources) {
    const name = `${resource.group}/${resource.resource}`
    const can = ["list", "watch", "delete"].every((verb) => resource.verbs.includes(verb))
    if (can && resource.kind !== "Event" && !byName.has(name)) byName.set(name, resource)
  }
  return [...byName.values()]
}
