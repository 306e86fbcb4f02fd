import type { KubeObject } from "../../kube/index.ts"
import type { ObjectReference } from "../../kube/types.gen.ts"

export function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
}

/** Where an event about the object is kept: cluster-wide objects' events are in `default`. */
export function namespaceOf({ namespace }: ObjectReference): string {
  return namespace ?? "default"
}

let sequence = 0

/** Nanoseconds of now in hexadecimal, as events are named; a counter keeps those of one millisecond apart. */
export function eventName({ name = "" }: ObjectReference, now: Date): string {
  sequence = (sequence + 1) % 1_000_000
  return `${name}.${(BigInt(now.getTime()) * 1_000_000n + BigInt(sequence)).toString(16)}`
}
