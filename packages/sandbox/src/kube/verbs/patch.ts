import type { KubeObject, PatchType } from "../client.ts"
import { badRequest, conflict, notFound } from "../errors.ts"
import { isRecord, type Json, withValue } from "../json.ts"
import { groupVersion, parseGroupVersion, type Resource } from "../resources/index.ts"
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
  const resource = resourceOf(machinery, target, patched)
  const decoded = model.decodePatched(resource, patched, { type, body }, options.fieldValidation, caller.warn)
  checkKind(target, decoded)
  checkName(target, decoded)
  const next = model.defaulted(target.resource, inNamespace(decoded, target))
  return { object: replace(machinery, caller, target, old, next, options), created: false }
}

/** What a patch made of the object is read as what it says it is, and then refused if that is something else. */
function resourceOf({ catalog }: Machinery, { resource }: Target, { apiVersion, kind }: KubeObject): Resource {
  const { group, version } = parseGroupVersion(apiVersion)
  return catalog.findKind(group, version, kind) ?? resource
}

function checkKind({ resource }: Target, { apiVersion, kind }: KubeObject): void {
  // Of custom objects, this is a matter of their validation.
  if (resource.custom || (kind === resource.kind && apiVersion === groupVersion(resource))) return
  throw badRequest(`${kind} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${resource.kind}`)
}

function checkName({ name }: Target, object: KubeObject): void {
  const given = object.metadata.name ?? ""
  if (given === "")
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (given !== name) throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
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
  if (!isRecord(body)) throw badRequest("the body of an apply patch is an object")
  const { apiVersion, kind } = body
  if (apiVersion !== groupVersion(resource) || kind !== resource.kind)
    throw badRequest(`invalid object type: ${kindText(apiVersion, kind)}`)
  const { model } = machinery
  const live = find(machinery, target)
  const applied = model.applied({
    resource,
    live,
    applied: { ...body, metadata: isRecord(body["metadata"]) ? body["metadata"] : {} } as unknown as KubeObject,
    manager: options.fieldManager,
    force: options.force,
    subresource: target.subresource,
    now: timestamp(machinery.clock()),
  })
  const merged = model.decode(resource, applied as KubeObject & Json, options.fieldValidation, caller.warn)
  if ((merged.metadata.name ?? "") !== "") checkName(target, merged)
  const named = withValue(merged, ["metadata", "name"], target.name)
  const managed = { ...options, managed: true }
  if (live !== undefined) {
    const next = model.defaulted(resource, inNamespace(named, target))
    return { object: replace(machinery, caller, target, live, next, managed), created: false }
  }
  if (target.subresource !== "") throw notFound(resource, target.name)
  const { uid } = merged.metadata
  if (uid !== undefined && uid !== "")
    throw conflict(
      resource,
      target.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    )
  const unversioned = withValue(named, ["metadata", "resourceVersion"], undefined)
  return { object: create(machinery, caller, target, unversioned, managed), created: true }
}

/** `apps/v1, Kind=Deployment`; the core group shows as nothing before the slash. */
function kindText(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === "string" ? apiVersion : ""
  return `${version.includes("/") ? version : `/${version}`}, Kind=${typeof kind === "string" ? kind : ""}`
}
