import type { KubeObject } from "../client.ts"
import { badRequest, conflict, invalidField, notFound, outdated } from "../errors.ts"
import { equalJson, type Json, withValue } from "../json.ts"
import { type KindRules, rulesFor } from "../kinds/index.ts"
import { keyOf } from "../store/index.ts"
import type { ObjectMeta } from "../types.gen.ts"
import { create, inNamespace, type WriteOptions } from "./create.ts"
import { type Caller, type Machinery, ruleContext, type Target } from "./machinery.ts"
import { find, fromStorage, toStorage } from "./stored.ts"

export interface Written {
  readonly object: KubeObject
  readonly created: boolean
}

/** PUT: the object replaces the stored one, or one of its subresources does. */
export function update(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  incoming: KubeObject,
  options: WriteOptions,
): Written {
  const { resource } = target
  const name = incoming.metadata.name ?? ""
  if (name === "")
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`)
  if (name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`)
  const rules = rulesFor(resource)
  const old = find(machinery, target)
  if (old === undefined) {
    if (!rules.createOnUpdate || target.subresource !== "") throw notFound(resource, target.name)
    const { resourceVersion: _, ...metadata } = incoming.metadata
    const created = create(machinery, caller, target, { ...incoming, metadata }, options)
    return { object: created, created: true }
  }
  if ((incoming.metadata.resourceVersion ?? "") === "" && !rules.unconditionalUpdate)
    throw invalidField(
      { group: resource.group, kind: resource.resource },
      name,
      "metadata.resourceVersion",
      "FieldValueInvalid",
      "Invalid value: 0: must be specified for an update",
    )
  checkUid(target, old, incoming)
  const defaulted = machinery.model.defaulted(resource, inNamespace(incoming, target))
  return { object: replace(machinery, caller, target, old, defaulted, options), created: false }
}

/**
 * Writes `next` over `old` with everything that belongs to it: optimistic concurrency, admission, the kind's rules,
 * validation. The result is in the version of the target; nothing is written when nothing changes.
 */
export function replace(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  old: KubeObject,
  next: KubeObject,
  options: WriteOptions & { readonly managed?: boolean },
): KubeObject {
  const { resource } = target
  checkVersion(target, old, next)
  const context = ruleContext(machinery, options.dryRun)
  const tracked =
    options.managed === true
      ? next
      : machinery.model.tracked({
          resource,
          before: old,
          after: next,
          manager: options.fieldManager || caller.manager,
          subresource: target.subresource,
          now: context.now,
        })
  const request = { operation: "UPDATE", target, old, user: caller.user } as const
  const admitted = machinery.admission.admit({ ...request, object: tracked })
  const prepared = prepare(machinery, target, admitted, old, options.dryRun)
  machinery.model.validate(resource, prepared, old, target.subresource)
  machinery.admission.check({ ...request, object: prepared })
  const allocated = rulesFor(resource).allocate(prepared, old, context)
  if (options.dryRun) return allocated
  const collection = machinery.store.collection(resource.storage)
  const key = keyOf(target.namespace, target.name)
  if (isGone(allocated, old)) {
    collection.remove(key)
    return allocated
  }
  if (equalApartFromTimes(allocated, old)) return old
  const stored = collection.put(key, toStorage(machinery.model, resource, allocated))
  return fromStorage(machinery.model, resource, stored)
}

/** Where a real server keeps the object in etcd; its messages name it. */
function storagePath({ resource, namespace, name }: Target): string {
  const folder = resource.custom ? `${resource.group}/${resource.resource}` : resource.resource
  return `/registry/${folder}/${keyOf(namespace, name)}`
}

function checkVersion({ resource, name }: Target, old: KubeObject, next: KubeObject): void {
  const { resourceVersion } = next.metadata
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== old.metadata.resourceVersion)
    throw outdated(resource, name)
}

function checkUid(target: Target, old: KubeObject, { metadata: { uid } }: KubeObject): void {
  if (uid === undefined || uid === "" || uid === old.metadata.uid) return
  throw conflict(
    target.resource,
    target.name,
    `StorageError: invalid object, Code: 4, Key: ${storagePath(target)}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ""}`,
  )
}

/** What may change is taken from `next`, all else from `old`. */
function prepare(machinery: Machinery, target: Target, next: KubeObject, old: KubeObject, dryRun: boolean): KubeObject {
  const rules = rulesFor(target.resource)
  const context = ruleContext(machinery, dryRun)
  if (target.subresource === "status" && rules.hasStatus) {
    const written = withValue(old, ["status"], (next as KubeObject & Json)["status"])
    const result = withSystemFieldsOf(old, { ...written, metadata: next.metadata })
    return withManagedFieldsOf(next, rules.prepareStatus(result, old))
  }
  const part = rules.parts[target.subresource]
  if (part !== undefined) return bumped(rules, withManagedFieldsOf(next, part(next, old)), old)
  const kept = withSystemFieldsOf(
    old,
    rules.hasStatus ? withValue(next, ["status"], (old as KubeObject & Json)["status"]) : next,
  )
  return bumped(rules, rules.prepareUpdate(kept, old, context), old)
}

/** One generation on when what is wanted has changed. */
function bumped(rules: KindRules, next: KubeObject, old: KubeObject): KubeObject {
  const { generation } = old.metadata
  const changed = generation !== undefined && (rules.desiredStateChanged?.(next, old) ?? false)
  return changed ? withValue(next, ["metadata", "generation"], generation + 1) : next
}

function withManagedFieldsOf(source: KubeObject, object: KubeObject): KubeObject {
  return withValue(object, ["metadata", "managedFields"], source.metadata.managedFields)
}

/** The uid is not among them: another one is an error, which validation reports. */
const SYSTEM_FIELDS = [
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "resourceVersion",
] as const

function withSystemFieldsOf(old: KubeObject, next: KubeObject): KubeObject {
  const metadata: Json = { ...next.metadata }
  for (const field of SYSTEM_FIELDS) {
    if (old.metadata[field] === undefined) delete metadata[field]
    else metadata[field] = old.metadata[field]
  }
  return { ...next, metadata: withUid(metadata, old) }
}

function withUid(metadata: Json, { metadata: { uid } }: KubeObject): ObjectMeta {
  return uid === undefined || metadata["uid"] !== undefined ? metadata : { ...metadata, uid }
}

/** The last finalizer went, and there is no grace period to wait for. */
function isGone(next: KubeObject, old: KubeObject): boolean {
  if (old.metadata.deletionTimestamp === undefined || (old.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false
  if ((next.metadata.finalizers ?? []).length > 0) return false
  const spec = (next as KubeObject & Json)["spec"] as { readonly finalizers?: readonly unknown[] } | undefined
  return next.kind !== "Namespace" || (spec?.finalizers ?? []).length === 0
}

/** A write that changes nothing but the time of its managedFields entry is none. */
function equalApartFromTimes(a: KubeObject, b: KubeObject): boolean {
  return equalJson(withoutTimes(a), withoutTimes(b))
}

function withoutTimes(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.map((entry) => withValue(entry, ["time"], undefined))
  return withValue(object, ["metadata", "managedFields"], managedFields)
}
