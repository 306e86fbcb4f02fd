import type { KubeObject, PatchType } from "../client.ts"
import { badRequest, notFound } from "../errors.ts"
import { isRecord, type Json, withValue } from "../json.ts"
import { groupVersion } from "../resources/index.ts"
import { create, inNamespace, type WriteOptions } from "./create.ts"
import { type Caller, type Machinery, type Target, timestamp } from "./machinery.ts"
import type { FieldValidation } from "./object-model.ts"
import { find } from "./stored.ts"
import { replace, type Written } from "./update.ts"

export interface PatchOptions extends WriteOptions {
  readonly fieldValidation: FieldValidation
  /** Server-side apply only: take over what other managers own. */
  readonly force: boolean
}

export function patch(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  type: PatchType,
  body: unknown,
  options: PatchOptions,
): Written {
  if (type === "apply") return apply(machinery, caller, target, body, options)
  const old = find(machinery, target)
  if (old === undefined) throw notFound(target.resource, target.name)
  const { model } = machinery
  const patched = patchedObject(machinery, target, type, old, body)
  const decoded = model.decodePatched(target.resource, patched, { type, body }, options.fieldValidation, caller.warn)
  const next = model.defaulted(target.resource, inNamespace(decoded, target))
  return { object: replace(machinery, caller, target, old, next, options), created: false }
}

function patchedObject(
  { model }: Machinery,
  { resource }: Target,
  type: Exclude<PatchType, "apply">,
  old: KubeObject,
  body: unknown,
): KubeObject {
  switch (type) {
    case "json":
      return model.jsonPatch(old, body)
    case "merge":
      return model.mergePatch(old, body)
    case "strategic":
      return model.strategicMergePatch(resource, old, body)
  }
}

function apply(machinery: Machinery, caller: Caller, target: Target, body: unknown, options: PatchOptions): Written {
  const { resource } = target
  if (options.fieldManager === "") throw badRequest("fieldManager is required for apply patch")
  if (!isRecord(body)) throw badRequest("the body of an apply patch is an object")
  const { model } = machinery
  const live = find(machinery, target)
  const applied = model.applied({
    resource,
    live,
    applied: inNamespace(complete(target, body), target),
    manager: options.fieldManager,
    force: options.force,
    subresource: target.subresource,
    now: timestamp(machinery.clock()),
  })
  const merged = model.decode(resource, applied as KubeObject & Json, options.fieldValidation, caller.warn)
  if (live === undefined) {
    if (target.subresource !== "") throw notFound(resource, target.name)
    const named = withValue(merged, ["metadata", "name"], target.name)
    return { object: create(machinery, caller, target, named, { ...options, managed: true }), created: true }
  }
  const next = model.defaulted(resource, merged)
  return { object: replace(machinery, caller, target, live, next, { ...options, managed: true }), created: false }
}

/** The body says what it is; the URL says where it belongs. */
function complete({ resource, name }: Target, body: Json): KubeObject {
  const metadata = isRecord(body["metadata"]) ? body["metadata"] : {}
  return { apiVersion: groupVersion(resource), kind: resource.kind, ...body, metadata: { name, ...metadata } }
}
