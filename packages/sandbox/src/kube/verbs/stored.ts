import type { KubeObject } from "../client.ts"
import { notFound } from "../errors.ts"
import { groupVersion, type Resource } from "../resources/index.ts"
import { keyOf } from "../store/index.ts"
import type { Machinery, Target } from "./machinery.ts"
import type { ObjectModel } from "./object-model.ts"
import { parseRevision, tooLarge } from "./revision.ts"

/** The stored object in the version that the resource is asked for in. */
export function fromStorage(model: ObjectModel, resource: Resource, object: KubeObject): KubeObject {
  const version = groupVersion(resource)
  const converted = object.apiVersion === version ? object : model.converted(object, version)
  return resource.custom ? model.read(resource, converted) : converted
}

export function toStorage(model: ObjectModel, resource: Resource, object: KubeObject): KubeObject {
  return object.apiVersion === resource.storageVersion ? object : model.converted(object, resource.storageVersion)
}

/** Writes without the rules of an ordinary update: for subresources with rules of their own. */
export function store(machinery: Machinery, { resource, namespace, name }: Target, object: KubeObject): KubeObject {
  const collection = machinery.store.collection(resource.storage)
  const stored = collection.put(keyOf(namespace, name), toStorage(machinery.model, resource, object))
  return fromStorage(machinery.model, resource, stored)
}

/** In the target's version; undefined: there is none. */
export function find(machinery: Machinery, target: Target): KubeObject | undefined {
  const object = machinery.store.collection(target.resource.storage).get(keyOf(target.namespace, target.name))
  return object === undefined ? undefined : fromStorage(machinery.model, target.resource, object)
}

/** In the target's version; throws a 404, and a 504 for a state not older than a `resourceVersion` that is still to come. */
export function get(machinery: Machinery, target: Target, resourceVersion?: string): KubeObject {
  const asked = parseRevision(resourceVersion)
  const present = machinery.store.revision
  if (asked !== undefined && asked > present) throw tooLarge(asked, present)
  const object = find(machinery, target)
  if (object === undefined) throw notFound(target.resource, target.name)
  return object
}
