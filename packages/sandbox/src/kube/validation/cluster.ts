import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import { parseQuantity } from "../schema/index.ts"
import type { Lease, PersistentVolumeClaim } from "../types.gen.ts"
import { follows, isEmpty, nonNegative } from "./checks.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain } from "./names.ts"
import { labelSelector } from "./selectors.ts"

export function* validateLease(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { leaseDurationSeconds: seconds, leaseTransitions } = (object as Lease).spec ?? {}
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
  if (seconds !== undefined && seconds <= 0) {
    yield invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0")
  }
  yield* nonNegative("spec.leaseTransitions", leaseTransitions)
}

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
const volumeModes = ["Block", "Filesystem"]

export function* validateVolumeClaim(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec = {}, status } = object as PersistentVolumeClaim
  if (old !== undefined) yield* validateMetaUpdate(object, old)
  yield* validateMeta(object, dnsSubdomain)
  const modes = spec.accessModes ?? []
  if (modes.length === 0) yield required("spec.accessModes", "at least 1 access mode is required")
  yield* labelSelector("spec.selector", spec.selector)
  for (const mode of modes) {
    if (!accessModes.includes(mode)) yield notSupported("spec.accessModes", mode, accessModes)
  }
  if (modes.includes("ReadWriteOncePod") && modes.length > 1) {
    yield forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes")
  }
  const storage = spec.resources?.requests?.["storage"]
  if (storage === undefined) yield required("spec.resources[storage]")
  else if (parseQuantity(String(storage)).nano <= 0n) {
    yield invalidValue("spec.resources[storage]", storage, "must be greater than zero")
  }
  if (!isEmpty(spec.storageClassName)) yield* follows(dnsSubdomain, "spec.storageClassName", spec.storageClassName)
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) {
    yield notSupported("spec.volumeMode", spec.volumeMode, volumeModes)
  }
  if (old === undefined) return
  const before = (old as PersistentVolumeClaim).spec ?? {}
  const bound = status?.phase === "Bound"
  const { resources, volumeName, ...rest } = spec
  const { resources: oldResources, volumeName: oldVolume, ...oldRest } = before
  const kept =
    equalJson(rest, oldRest) &&
    (bound || equalJson(resources ?? {}, oldResources ?? {})) &&
    (oldVolume === undefined || oldVolume === volumeName)
  // The real server adds what has changed.
  if (!kept) {
    yield forbidden(
      "spec",
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    )
  }
}
