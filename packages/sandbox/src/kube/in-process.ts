import type { KubeClient, KubeObject, ListOptions, PatchType, ResourceRef, WatchEvent } from "./client.ts"
import { methodNotAllowed, notServed } from "./errors.ts"
import { copyJson, type Json } from "./json.ts"
import { operationKey, type Operations } from "./operations.ts"
import { patchScale, updateScale } from "./subresources/index.ts"
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
export function inProcessClient(
  machinery: Machinery,
  operations: Operations,
  caller: Caller,
  authorize: Authorize,
): KubeClient {
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
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name, uid }, target: { name: node } }
      const target = targetFor("create", { group: "", version: "v1", resource: "pods" }, namespace, name, "binding")
      operations.get(operationKey(target))?.({ caller, target, body: binding, dryRun: false })
    },

    get: async <T extends KubeObject>(ref: ResourceRef, name: string, namespace?: string) =>
      get(machinery, targetFor("get", ref, namespace, name)) as T,

    list: async <T extends KubeObject>(ref: ResourceRef, options: ListOptions = {}) => {
      const { items, metadata } = list(machinery, targetFor("list", ref, options.namespace, ""), options)
      return { items: items as T[], resourceVersion: metadata.resourceVersion }
    },

    create: async <T extends KubeObject>(ref: ResourceRef, object: T) => {
      const [resource = "", part = ""] = ref.resource.split("/")
      const name = part === "" ? "" : (object.metadata.name ?? "")
      const target = targetFor("create", { ...ref, resource }, object.metadata.namespace, name, part)
      const operation = operations.get(operationKey(target))
      // What is done and has nothing to say is answered with what was sent.
      if (operation !== undefined)
        return (operation({ caller, target, body: copyJson(object), dryRun: false }) ?? object) as T
      return create(machinery, caller, target, incoming(target, object), write) as T
    },

    update: async <T extends KubeObject>(ref: ResourceRef, object: T, subresource?: string) => {
      const { name = "", namespace } = object.metadata
      const target = targetFor("update", ref, namespace, name, subresource)
      if (subresource === "scale") return updateScale(machinery, caller, target, copyJson(object), write) as T
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
      const how = {
        dryRun: false,
        fieldManager: type === "apply" ? caller.manager : "",
        fieldValidation: "Ignore" as const,
        force: options.force ?? false,
      }
      if (options.subresource === "scale") return patchScale(machinery, caller, target, type, copyJson(body), how) as T
      return patch(machinery, caller, target, type, copyJson(body), how).object as T
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
