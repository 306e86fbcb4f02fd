import type { KubeObject, PatchType } from "../client.ts"
import { badRequest, invalidField, notFound, notServed, outdated } from "../errors.ts"
import { type Json, numberAt, stringAt, valueAt, withValue } from "../json.ts"
import { groupVersion, type Resource, type ScalePaths } from "../resources/index.ts"
import { formatSelector } from "../selectors/index.ts"
import { type Caller, get, type Machinery, replace, type Target, timestamp, type WriteOptions } from "../verbs/index.ts"
import { ownersOfParent, ownersOfScale } from "./scale-ownership.ts"

/** `autoscaling/v1` Scale: the number of replicas of whatever has one, the same for all kinds. */
export function getScale(machinery: Machinery, target: Target): KubeObject {
  return scaleOf(get(machinery, target), pathsOf(target))
}

export function updateScale(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  scale: KubeObject,
  options: WriteOptions,
): KubeObject {
  const old = get(machinery, target)
  const { resourceVersion, name } = scale.metadata
  if (name !== undefined && name !== "" && name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`)
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== old.metadata.resourceVersion)
    throw outdated(target.resource, target.name)
  const paths = pathsOf(target)
  const replicas = checkedReplicas(target, scale)
  const live = ownedScale(old, paths)
  const tracked = machinery.model.tracked({
    resource: scaleResource(machinery),
    before: live,
    after: withValue(live, ["spec", "replicas"], replicas),
    manager: options.fieldManager || caller.manager,
    subresource: "scale",
    now: timestamp(machinery.clock()),
  })
  return writeScale(machinery, caller, target, old, tracked, options)
}

export function patchScale(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  type: PatchType,
  body: unknown,
  options: WriteOptions & { readonly force?: boolean },
): KubeObject {
  if (type === "apply") return applyScale(machinery, caller, target, body, options)
  const scale = getScale(machinery, target)
  const patched = type === "json" ? machinery.model.jsonPatch(scale, body) : machinery.model.mergePatch(scale, body)
  return updateScale(machinery, caller, target, patched, options)
}

function checkedReplicas({ name }: Target, scale: KubeObject): number {
  const replicas = numberAt(scale, "spec", "replicas") ?? 0
  if (replicas >= 0) return replicas
  throw invalidField(
    { group: "autoscaling", kind: "Scale" },
    name,
    "spec.replicas",
    "FieldValueInvalid",
    `Invalid value: ${replicas}: must be greater than or equal to 0`,
  )
}

/** Applied to the Scale and its owners, who are then those of the object's replicas. */
function applyScale(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  body: unknown,
  options: WriteOptions & { readonly force?: boolean },
): KubeObject {
  const old = get(machinery, target)
  const live = ownedScale(old, pathsOf(target))
  const applied = machinery.model.applied({
    resource: scaleResource(machinery),
    live,
    applied: body as KubeObject,
    manager: options.fieldManager,
    force: options.force ?? false,
    subresource: "scale",
    now: timestamp(machinery.clock()),
  })
  return writeScale(machinery, caller, target, old, applied, options)
}

/** With those who own the replicas. */
function ownedScale(object: KubeObject, paths: ScalePaths): KubeObject {
  const owners = ownersOfScale(object.metadata.managedFields ?? [], paths.specReplicas)
  return withValue(scaleOf(object, paths), ["metadata", "managedFields"], owners)
}

/** A write of a Scale is one of its object's replicas, and of who owns them. */
function writeScale(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  old: KubeObject,
  scale: KubeObject,
  options: WriteOptions,
): KubeObject {
  const paths = pathsOf(target)
  const next = withValue(old, paths.specReplicas, checkedReplicas(target, scale))
  const apiVersion = groupVersion(target.resource)
  const before = old.metadata.managedFields ?? []
  const owners = ownersOfParent(before, scale.metadata.managedFields ?? [], paths.specReplicas, apiVersion)
  const owned = withValue(next, ["metadata", "managedFields"], owners)
  return scaleOf(replace(machinery, caller, target, old, owned, { ...options, managed: true }), paths)
}

/** Scale is no resource of its own; this stands for its kind. */
function scaleResource({ catalog }: Machinery): Resource {
  const like = catalog.find({ group: "autoscaling", version: "v1", resource: "horizontalpodautoscalers" })
  if (like === undefined) throw notServed()
  return { ...like, kind: "Scale" }
}

function pathsOf({ resource, name }: Target): ScalePaths {
  if (resource.scale === undefined) throw notFound(resource, name)
  return resource.scale
}

function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = numberAt(object, ...paths.specReplicas)
  const selected = paths.selector === undefined ? undefined : valueAt(object, ...paths.selector)
  const selector = stringAt({ selected }, "selected") ?? formatSelector(selected)
  const status: Json = {
    replicas: numberAt(object, ...paths.statusReplicas) ?? 0,
    ...(selector === "" ? {} : { selector }),
  }
  const scale = {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === undefined ? {} : { replicas },
    status,
  }
  return scale as KubeObject
}
