import type { KubeClient, KubeObject, ListOptions, PatchType, ResourceRef, WatchEvent } from "./client.ts"
import { methodNotAllowed, notServed } from "./errors.ts"
import { copyJson, type Json } from "./json.ts"
import { bind } from "./subresources/index.ts"
import {
  type Caller,
  create,
  get,
  list,
  type Machinery,
  patch,
  remove,
  type Target,
  update,
  watch,
} from "./verbs/index.ts"

/** Checks that the caller may; throws a 403. */
export type Authorize = (caller: Caller, verb: string, target: Target) => void

/** The verbs for code of the same process: no wire between, but the same rules. */
export function inProcessClient(machinery: Machinery, caller: Caller, authorize: Authorize): KubeClient {
  const write = { dryRun: false, fieldManager: "" }
  const targetFor = (
    verb: string,
    ref: ResourceRef,
    namespace: string | undefined,
    name: string,
    subresource = "",
  ): Target => {
    const resource = machinery.catalog.find(ref)
    if (resource === undefined) throw notServed()
    const part = subresource === "" ? resource : resource.subresources.get(subresource)
    if (part === undefined) throw notServed()
    if (!part.verbs.includes(verb)) throw methodNotAllowed()
    const target = { resource, namespace: resource.namespaced ? namespace : undefined, name, subresource }
    authorize(caller, verb, target)
    return target
  }
  const incoming = (target: Target, object: KubeObject): KubeObject =>
    machinery.model.decode(target.resource, copyJson(object) as KubeObject & Json, "Ignore", caller.warn)

  return {
    resources: () =>
      machinery.catalog.groups.flatMap(({ versions }) =>
        [...versions.values()].flatMap((found) => [...found.values()]),
      ),

    bind: async ({ namespace, name, uid }, node) => {
      const pods: ResourceRef = { group: "", version: "v1", resource: "pods" }
      targetFor("create", pods, namespace, name, "binding")
      const resource = machinery.catalog.find(pods)
      if (resource === undefined) throw notServed()
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name, uid }, target: { name: node } }
      bind(machinery, { resource, namespace, name, subresource: "" }, binding, false)
    },

    get: async <T extends KubeObject>(ref: ResourceRef, name: string, namespace?: string) =>
      get(machinery, targetFor("get", ref, namespace, name)) as T,

    list: async <T extends KubeObject>(ref: ResourceRef, options: ListOptions = {}) => {
      const { items, metadata } = list(machinery, targetFor("list", ref, options.namespace, ""), options)
      return { items: items as T[], resourceVersion: metadata.resourceVersion }
    },

    create: async <T extends KubeObject>(ref: ResourceRef, object: T) => {
      const target = targetFor("create", ref, object.metadata.namespace, "")
      return create(machinery, caller, target, incoming(target, object), write) as T
    },

    update: async <T extends KubeObject>(ref: ResourceRef, object: T, subresource?: string) => {
      const { name = "", namespace } = object.metadata
      const target = targetFor("update", ref, namespace, name, subresource)
      return update(machinery, caller, target, incoming(target, object), write).object as T
    },

    patch: async <T extends KubeObject>(
      ref: ResourceRef,
      name: string,
      namespace: string | undefined,
      type: PatchType,
      body: unknown,
      options: { readonly subresource?: string; readonly force?: boolean } = {},
    ) => {
      const target = targetFor("patch", ref, namespace, name, options.subresource)
      const { object } = patch(machinery, caller, target, type, copyJson(body), {
        dryRun: false,
        fieldManager: type === "apply" ? caller.manager : "",
        fieldValidation: "Ignore",
        force: options.force ?? false,
      })
      return object as T
    },

    delete: async (ref, name, namespace, options = {}) => {
      remove(machinery, targetFor("delete", ref, namespace, name), { dryRun: false, ...options })
    },

    watch: <T extends KubeObject>(
      ref: ResourceRef,
      options: ListOptions,
      onEvent: (event: WatchEvent<T>) => void,
      signal: AbortSignal,
      onSynced?: () => void,
    ) => {
      const target = targetFor("watch", ref, options.namespace, "")
      let scheduled = false
      let synced = false
      const schedule = (): void => {
        if (scheduled) return
        scheduled = true
        setImmediate(deliver)
      }
      const watching = watch(machinery, target, options, schedule)
      const deliver = (): void => {
        scheduled = false
        for (const event of watching.take()) {
          if (signal.aborted) return
          onEvent(event as WatchEvent<T>)
        }
        if (synced || signal.aborted) return
        synced = true
        onSynced?.()
      }
      signal.addEventListener("abort", () => watching.close(), { once: true })
      schedule()
    },
  }
}
