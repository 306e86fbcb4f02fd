import { parseQuantity } from "../../kube/schema/quantity.ts"
import type { Container, Pod, ResourceFieldSelector } from "../../kube/types.gen.ts"

/** What a pod has only once it is on a node. */
export interface PodAddresses {
  readonly podIP: string
  readonly hostIP: string
}

/** A path that names no field of a pod, worded as the kubelet does. */
export class FieldPathError extends Error {
  override readonly name = "FieldPathError"
}

/** The value of a `fieldRef`, of the downward API: as text, maps as `key="value"` lines. */
export function fieldValue({ metadata, spec }: Pod, fieldPath: string, addresses: PodAddresses): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath) ?? []
  if (map !== undefined && key !== undefined) return metadata[map as "labels" | "annotations"]?.[key] ?? ""
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name ?? ""
    case "metadata.namespace":
      return metadata.namespace ?? ""
    case "metadata.uid":
      return metadata.uid ?? ""
    case "metadata.labels":
      return asLines(metadata.labels)
    case "metadata.annotations":
      return asLines(metadata.annotations)
    case "spec.nodeName":
      return spec?.nodeName ?? ""
    case "spec.serviceAccountName":
      return spec?.serviceAccountName ?? ""
    case "status.podIP":
    case "status.podIPs":
      return addresses.podIP
    case "status.hostIP":
    case "status.hostIPs":
      return addresses.hostIP
    default:
      throw new FieldPathError(`unsupported fieldPath: ${fieldPath}`)
  }
}

const asLines = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n")

/** What the node has, in whole cores and bytes: the value of a limit that is not set. */
export interface Capacity {
  readonly cpu: number
  readonly memory: number
}

/** The value of a `resourceFieldRef`: in units of `divisor` (1 by default), rounded up. */
export function resourceValue(pod: Pod, own: Container, selector: ResourceFieldSelector, capacity: Capacity): string {
  const named = selector.containerName ?? ""
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const container = named === "" ? own : containers.find(({ name }) => name === named)
  if (container === undefined) throw new FieldPathError(`container ${named} not found`)
  const [kind = "", name = ""] = selector.resource.split(".")
  if ((kind !== "limits" && kind !== "requests") || name === "") {
    throw new FieldPathError(`unsupported container resource : ${selector.resource}`)
  }
  const set = container.resources?.[kind]?.[name]
  const fallback = kind === "requests" ? 0 : name === "cpu" ? capacity.cpu : name === "memory" ? capacity.memory : 0
  const { nano } = parseQuantity(String(set ?? fallback))
  const given = parseQuantity(String(selector.divisor ?? "1")).nano
  const divisor = given === 0n ? parseQuantity("1").nano : given
  return String((nano + divisor - 1n) / divisor)
}
