import type { Service } from "../../kube/types.gen.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"
import type { KubernetesObjects } from "./kubernetes-objects.ts"
import { address, metadataLabels, prefix, type MetaLabels } from "./meta-labels.ts"
import { namespaceMetadata } from "./pods.ts"

/** One target per port of a service, by the service's name. */
export function serviceTargets(service: Service, objects: KubernetesObjects, sd: KubernetesDiscovery): MetaLabels[] {
  const { metadata, spec } = service
  const kind = `${prefix}service_`
  const isExternal = spec?.type === "ExternalName"
  return (spec?.ports ?? []).map(({ name, port, protocol }) => ({
    [`${prefix}namespace`]: metadata.namespace ?? "",
    ...metadataLabels("service", metadata),
    ...namespaceMetadata(metadata, objects, sd),
    __address__: address(`${metadata.name ?? ""}.${metadata.namespace ?? ""}.svc`, port),
    [`${kind}port_name`]: name ?? "",
    [`${kind}port_number`]: String(port),
    [`${kind}port_protocol`]: protocol ?? "TCP",
    [`${kind}type`]: spec?.type ?? "ClusterIP",
    [`${kind}external_name`]: isExternal ? (spec?.externalName ?? "") : "",
    [`${kind}cluster_ip`]: isExternal ? "" : (spec?.clusterIP ?? ""),
    [`${kind}loadbalancer_ip`]: spec?.type === "LoadBalancer" ? loadBalancers(service) : "",
  }))
}

function loadBalancers({ spec, status }: Service): string {
  const ips = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]))
  return ips.length > 0 ? ips.join(",") : (spec?.loadBalancerIP ?? "")
}
