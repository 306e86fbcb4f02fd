import type { Container, ContainerPort, ObjectMeta, Pod } from "../../kube/types.gen.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"
import { objectKey, type KubernetesObjects } from "./kubernetes-objects.ts"
import { address, attachedLabels, metadataLabels, prefix, type MetaLabels } from "./meta-labels.ts"

/** One target per port of a container, or one without a port for a container that says none. */
export function podTargets(pod: Pod, objects: KubernetesObjects, sd: KubernetesDiscovery): MetaLabels[] {
  const ip = pod.status?.podIP ?? ""
  // A pod that is starting, or was evicted, has none.
  if (ip === "") return []
  const common = {
    [`${prefix}namespace`]: pod.metadata.namespace ?? "",
    ...podLabels(pod, objects, sd),
    ...nodeMetadata(pod.spec?.nodeName, objects, sd),
    ...namespaceMetadata(pod.metadata, objects, sd),
  }
  return containersOf(pod).flatMap(({ container, isInit }) => {
    const statuses = isInit ? pod.status?.initContainerStatuses : pod.status?.containerStatuses
    const named = {
      ...common,
      ...containerLabels(container, isInit),
      [`${prefix}pod_container_id`]: statuses?.find(({ name }) => name === container.name)?.containerID ?? "",
    }
    if (!container.ports?.length) return [{ ...named, __address__: ip }]
    return container.ports.map((port) => ({
      ...named,
      ...portLabels(port),
      __address__: address(ip, port.containerPort),
    }))
  })
}

export interface PodContainer {
  readonly container: Container
  readonly isInit: boolean
}

export const containersOf = ({ spec }: Pod): PodContainer[] => [
  ...(spec?.containers ?? []).map((container) => ({ container, isInit: false })),
  ...(spec?.initContainers ?? []).map((container) => ({ container, isInit: true })),
]

export const containerLabels = ({ name, image }: Container, isInit: boolean): MetaLabels => ({
  [`${prefix}pod_container_name`]: name,
  [`${prefix}pod_container_image`]: image ?? "",
  [`${prefix}pod_container_init`]: String(isInit),
})

export const portLabels = ({ name, containerPort, protocol }: ContainerPort): MetaLabels => ({
  [`${prefix}pod_container_port_name`]: name ?? "",
  [`${prefix}pod_container_port_number`]: String(containerPort),
  [`${prefix}pod_container_port_protocol`]: protocol ?? "TCP",
})

/** What is said of a pod wherever it backs a target. */
export function podLabels(
  { metadata, spec, status }: Pod,
  objects: KubernetesObjects,
  sd: KubernetesDiscovery,
): MetaLabels {
  const controller = controllerOf(metadata)
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status.toLowerCase()
  const replicaSet =
    sd.attach_metadata?.deployment && controller?.kind === "ReplicaSet"
      ? objects.replicaset.get(objectKey(metadata.namespace, controller.name))
      : undefined
  const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet.metadata)
  return {
    [`${prefix}pod_ip`]: status?.podIP ?? "",
    [`${prefix}pod_ready`]: ready ?? "unknown",
    [`${prefix}pod_phase`]: status?.phase ?? "",
    [`${prefix}pod_node_name`]: spec?.nodeName ?? "",
    [`${prefix}pod_host_ip`]: status?.hostIP ?? "",
    [`${prefix}pod_uid`]: metadata.uid ?? "",
    ...metadataLabels("pod", metadata),
    [`${prefix}pod_controller_kind`]: controller?.kind ?? "",
    [`${prefix}pod_controller_name`]: controller?.name ?? "",
    [`${prefix}pod_deployment_name`]: owner?.kind === "Deployment" ? owner.name : "",
  }
}

const controllerOf = ({ ownerReferences }: ObjectMeta) => ownerReferences?.find(({ controller }) => controller === true)

export function nodeMetadata(
  node: string | undefined,
  objects: KubernetesObjects,
  { attach_metadata }: KubernetesDiscovery,
): MetaLabels {
  const found = attach_metadata?.node && node !== undefined ? objects.node.get(objectKey(undefined, node)) : undefined
  return found === undefined ? {} : metadataLabels("node", found.metadata)
}

export function namespaceMetadata(
  { namespace }: ObjectMeta,
  objects: KubernetesObjects,
  { attach_metadata }: KubernetesDiscovery,
): MetaLabels {
  const found = attach_metadata?.namespace ? objects.namespace.get(objectKey(undefined, namespace)) : undefined
  return found === undefined ? {} : attachedLabels("namespace", found.metadata)
}
