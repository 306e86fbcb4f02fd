import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { Catalog } from "../resources/index.ts"
import type { SchemaRegistry } from "../schema/index.ts"
import type { CustomResourceDefinition } from "../types.gen.ts"
import { type Caller, find, type Machinery, remove, replace, type Target, timestamp } from "../verbs/index.ts"
import { acceptedStatus } from "./names.ts"
import { customResources } from "./resources.ts"

export const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions"
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io"

const REF = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" }
const WRITE = { dryRun: false, fieldManager: "" }

/** Serves what CustomResourceDefinitions define, for as long as they are there: the server's own controllers for them. */
export class CustomDefinitions {
  readonly #machinery: Machinery
  readonly #catalog: Catalog
  readonly #schemas: SchemaRegistry
  readonly #caller: Caller
  /** What is registered for each definition, to be taken back. */
  readonly #served = new Map<string, CustomResourceDefinition>()
  readonly #emptying = new Map<string, () => void>()

  constructor(machinery: Machinery, schemas: SchemaRegistry, caller: Caller) {
    this.#machinery = machinery
    this.#catalog = machinery.catalog
    this.#schemas = schemas
    this.#caller = caller
    machinery.store.collection(DEFINITIONS).subscribe(({ key }) => {
      // Not inside the write: what is written here must reach watchers after it.
      queueMicrotask(() => {
        this.#reconcile(key)
        this.#retryOthers(key)
      })
    })
  }

  /** The definitions that are served, by name. */
  get served(): ReadonlyMap<string, CustomResourceDefinition> {
    return this.#served
  }

  #reconcile(name: string): void {
    const target = this.#target(name)
    const found = find(this.#machinery, target)
    if (found === undefined) return this.#forget(name)
    const definition = found as CustomResourceDefinition
    if (definition.metadata.deletionTimestamp !== undefined) return this.#empty(target, definition)
    const others = this.#all().filter((other) => other.metadata.name !== name)
    const status = acceptedStatus(definition, others, timestamp(this.#machinery.clock()))
    if (equalJson(status, definition.status)) return this.#serve(definition)
    const next = { ...definition, status }
    const statusTarget = { ...target, subresource: "status" }
    // The write comes back here and is served then.
    replace(this.#machinery, this.#caller, statusTarget, found, next, WRITE)
  }

  /** Names that one of them had may have become free. */
  #retryOthers(name: string): void {
    for (const { metadata, status } of this.#all()) {
      const waits = status?.conditions?.some(({ type, status: is }) => type === "NamesAccepted" && is === "False")
      if (waits === true && metadata.name !== name) this.#reconcile(metadata.name ?? "")
    }
  }

  #all(): readonly CustomResourceDefinition[] {
    return this.#machinery.store.collection(DEFINITIONS).list() as CustomResourceDefinition[]
  }

  #serve(definition: CustomResourceDefinition): void {
    const name = definition.metadata.name ?? ""
    const before = this.#served.get(name)
    if (before !== undefined && equalJson(before.spec, definition.spec) && equalJson(before.status, definition.status))
      return
    if (before !== undefined) this.#unregister(before)
    const resources = customResources(definition)
    for (const { group, version, kind, schema } of resources) this.#schemas.setCustom(group, version, kind, schema)
    // Nothing of the resource can be known from before it existed.
    if (before === undefined)
      for (const { storage } of resources)
        this.#machinery.store.collection(storage).compact(this.#machinery.store.revision)
    this.#served.set(name, definition)
    this.#catalog.setCustom(name, resources)
  }

  #forget(name: string): void {
    this.#emptying.get(name)?.()
    this.#emptying.delete(name)
    const before = this.#served.get(name)
    if (before === undefined) return
    this.#unregister(before)
    this.#served.delete(name)
    this.#catalog.setCustom(name, [])
  }

  #unregister(definition: CustomResourceDefinition): void {
    for (const { group, version, kind } of customResources(definition))
      this.#schemas.setCustom(group, version, kind, undefined)
  }

  /** Deletes the objects of a definition that is being deleted, and lets it go when the last one is gone. */
  #empty(target: Target, definition: CustomResourceDefinition): void {
    const { name } = target
    const [resource] = customResources(definition)
    const collection = this.#machinery.store.collection(`${definition.spec.group}/${definition.spec.names.plural}`)
    if (resource !== undefined)
      for (const { metadata } of collection.list()) {
        const object = { resource, namespace: metadata.namespace, name: metadata.name ?? "", subresource: "" }
        if (metadata.deletionTimestamp === undefined) remove(this.#machinery, object, { dryRun: false })
      }
    if (collection.size > 0) {
      if (!this.#emptying.has(name))
        this.#emptying.set(
          name,
          collection.subscribe(() => queueMicrotask(() => this.#reconcile(name))),
        )
      return
    }
    const old = definition as CustomResourceDefinition & KubeObject
    const finalizers = (old.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER)
    if (finalizers.length === (old.metadata.finalizers ?? []).length) return
    replace(this.#machinery, this.#caller, target, old, { ...old, metadata: { ...old.metadata, finalizers } }, WRITE)
  }

  #target(name: string): Target {
    const resource = this.#catalog.find(REF)
    if (resource === undefined) throw new Error("the discovery data does not hold customresourcedefinitions")
    return { resource, namespace: undefined, name, subresource: "" }
  }
}
