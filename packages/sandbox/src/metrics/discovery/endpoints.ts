import type { Endpoints, EndpointSlice, ObjectReference, Pod } from "../../kube/types.gen.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"
import { objectKey, type KubernetesObjects } from "./kubernetes-objects.ts"
import { address, metadataLabels, prefix, type MetaLabels } from "./meta-labels.ts"
import { containerLabels, containersOf, namespaceMetadata, nodeMetadata, podLabels, portLabels } from "./pods.ts"

/** An address with a port of a service, whatever object lists it. */
interface Backend {
  readonly ip: string
  readonly port: number | undefined
  readonly target: ObjectReference | undefined
  readonly nodeName: string | undefined
  readonly labels: MetaLabels
}

/** One target per address and port, and one per port of the pods behind them that the service leaves out. */
export function endpointsTargets(
  endpoints: Endpoints,
  objects: KubernetesObjects,
  sd: KubernetesDiscovery,
): MetaLabels[] {
  const kind = `${prefix}endpoint_`
  const backends = (endpoints.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    ports.flatMap(({ name, port, protocol }) =>
      [...addresses.map((one) => [one, true] as const), ...notReadyAddresses.map((one) => [one, false] as const)].map(
        ([{ ip, hostname, nodeName, targetRef }, ready]): Backend => ({
          ip,
          port,
          target: targetRef,
          nodeName,
          labels: {
            [`${kind}port_name`]: name ?? "",
            [`${kind}port_protocol`]: protocol ?? "TCP",
            [`${kind}ready`]: String(ready),
            [`${kind}address_target_kind`]: targetRef?.kind ?? "",
            [`${kind}address_target_name`]: targetRef?.name ?? "",
            [`${kind}node_name`]: nodeName ?? "",
            [`${kind}hostname`]: hostname ?? "",
          },
        }),
      ),
    ),
  )
  const common = {
    [`${prefix}namespace`]: endpoints.metadata.namespace ?? "",
    ...serviceMetadata(endpoints.metadata.namespace, endpoints.metadata.name, objects),
    ...metadataLabels("endpoints", endpoints.metadata),
    ...namespaceMetadata(endpoints.metadata, objects, sd),
  }
  return targetsOf(backends, common, objects, sd)
}

/** The same of an EndpointSlice. */
export function sliceTargets(slice: EndpointSlice, objects: KubernetesObjects, sd: KubernetesDiscovery): MetaLabels[] {
  const kind = `${prefix}endpointslice_`
  const said = (value: boolean | undefined): string => (value === undefined ? "" : String(value))
  const backends = (slice.endpoints ?? []).flatMap((endpoint) =>
    (slice.ports ?? []).flatMap(({ name, port, protocol, appProtocol }) =>
      (endpoint.addresses ?? []).map((ip): Backend => ({
        ip,
        port,
        target: endpoint.targetRef,
        nodeName: endpoint.nodeName,
        labels: {
          [`${kind}port_name`]: name ?? "",
          [`${kind}port_protocol`]: protocol ?? "",
          [`${kind}port`]: port === undefined ? "" : String(port),
          [`${kind}port_app_protocol`]: appProtocol ?? "",
          [`${kind}endpoint_conditions_ready`]: said(endpoint.conditions?.ready),
          [`${kind}endpoint_conditions_serving`]: said(endpoint.conditions?.serving),
          [`${kind}endpoint_conditions_terminating`]: said(endpoint.conditions?.terminating),
          [`${kind}endpoint_hostname`]: endpoint.hostname ?? "",
          [`${kind}endpoint_node_name`]: endpoint.nodeName ?? "",
          [`${kind}endpoint_zone`]: endpoint.zone ?? "",
          [`${kind}address_target_kind`]: endpoint.targetRef?.kind ?? "",
          [`${kind}address_target_name`]: endpoint.targetRef?.name ?? "",
        },
      })),
    ),
  )
  const common = {
    [`${prefix}namespace`]: slice.metadata.namespace ?? "",
    [`${kind}address_type`]: slice.addressType,
    ...metadataLabels("endpointslice", slice.metadata),
    ...serviceMetadata(slice.metadata.namespace, slice.metadata.labels?.["kubernetes.io/service-name"], objects),
    ...namespaceMetadata(slice.metadata, objects, sd),
  }
  return targetsOf(backends, common, objects, sd)
}

function serviceMetadata(
  namespace: string | undefined,
  name: string | undefined,
  { service }: KubernetesObjects,
): MetaLabels {
  const found = service.get(objectKey(namespace, name))
  return found === undefined ? {} : metadataLabels("service", found.metadata)
}

function targetsOf(
  backends: readonly Backend[],
  common: MetaLabels,
  objects: KubernetesObjects,
  sd: KubernetesDiscovery,
): MetaLabels[] {
  const seen = new Map<Pod, Set<number | undefined>>()
  const targets = backends.map(({ ip, port, target, nodeName, labels }) => {
    const node = target?.kind === "Node" ? target.name : nodeName
    const own = {
      ...common,
      ...labels,
      ...nodeMetadata(node, objects, sd),
      __address__: port === undefined ? ip : address(ip, port),
    }
    const pod = target?.kind === "Pod" ? objects.pod.get(objectKey(target.namespace, target.name)) : undefined
    if (pod === undefined) return own
    seen.set(pod, (seen.get(pod) ?? new Set()).add(port))
    return { ...own, ...podLabels(pod, objects, sd), ...containerWith(pod, port) }
  })
  return [...targets, ...[...seen].flatMap(([pod, ports]) => otherPorts(pod, ports, common, objects, sd))]
}

/** The container that has the port, if one says so. */
function containerWith(pod: Pod, port: number | undefined): MetaLabels {
  for (const { container, isInit } of containersOf(pod)) {
    const found = container.ports?.find(({ containerPort }) => containerPort === port)
    if (found !== undefined) return { ...containerLabels(container, isInit), ...portLabels(found) }
  }
  return {}
}

function otherPorts(
  pod: Pod,
  seen: ReadonlySet<number | undefined>,
  common: MetaLabels,
  objects: KubernetesObjects,
  sd: KubernetesDiscovery,
): MetaLabels[] {
  const ip = pod.status?.podIP ?? ""
  if (ip === "") return []
  return containersOf(pod).flatMap(({ container, isInit }) =>
    (container.ports ?? [])
      .filter(({ containerPort }) => !seen.has(containerPort))
      .map((port) => ({
        ...common,
        ...podLabels(pod, objects, sd),
        ...containerLabels(container, isInit),
        ...portLabels(port),
        __address__: address(ip, port.containerPort),
      })),
  )
}
