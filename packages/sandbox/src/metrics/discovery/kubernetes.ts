import { Labels } from "@serin/promql"
import type { KubeClient, KubeObject, ResourceRef } from "../../kube/client.ts"
import { endpointsTargets, sliceTargets } from "./endpoints.ts"
import { ingressTargets } from "./ingresses.ts"
import type { KubernetesDiscovery, KubernetesRole } from "./kubernetes-config.ts"
import { objectKey, type KubernetesKind, type KubernetesKinds, type KubernetesObjects } from "./kubernetes-objects.ts"
import type { MetaLabels } from "./meta-labels.ts"
import { nodeTargets } from "./nodes.ts"
import { podTargets } from "./pods.ts"
import { serviceTargets } from "./services.ts"

const resources: Readonly<Record<KubernetesKind, ResourceRef & { readonly namespaced: boolean }>> = {
  pod: { group: "", version: "v1", resource: "pods", namespaced: true },
  service: { group: "", version: "v1", resource: "services", namespaced: true },
  node: { group: "", version: "v1", resource: "nodes", namespaced: false },
  endpoints: { group: "", version: "v1", resource: "endpoints", namespaced: true },
  endpointslice: { group: "discovery.k8s.io", version: "v1", resource: "endpointslices", namespaced: true },
  ingress: { group: "networking.k8s.io", version: "v1", resource: "ingresses", namespaced: true },
  namespace: { group: "", version: "v1", resource: "namespaces", namespaced: false },
  replicaset: { group: "apps", version: "v1", resource: "replicasets", namespaced: true },
}

/** What a role's targets are made of. */
const kindsOf: Readonly<Record<KubernetesRole, readonly KubernetesKind[]>> = {
  node: ["node"],
  service: ["service"],
  pod: ["pod"],
  endpoints: ["endpoints", "service", "pod"],
  endpointslice: ["endpointslice", "service", "pod"],
  ingress: ["ingress"],
}

/** The targets that the objects make, before relabelling. */
export function kubernetesTargets(sd: KubernetesDiscovery, objects: KubernetesObjects): Labels[] {
  const of = <Kind extends KubernetesKind>(
    kind: Kind,
    targets: (object: KubernetesKinds[Kind]) => MetaLabels[],
  ): Labels[] => [...objects[kind].values()].flatMap(targets).map((labels) => Labels.from(labels))
  switch (sd.role) {
    case "node":
      return of("node", nodeTargets)
    case "service":
      return of("service", (service) => serviceTargets(service, objects, sd))
    case "pod":
      return of("pod", (pod) => podTargets(pod, objects, sd))
    case "endpoints":
      return of("endpoints", (endpoints) => endpointsTargets(endpoints, objects, sd))
    case "endpointslice":
      return of("endpointslice", (slice) => sliceTargets(slice, objects, sd))
    case "ingress":
      return of("ingress", (ingress) => ingressTargets(ingress, objects, sd))
  }
}

type Mutable = { [Kind in KubernetesKind]: Map<string, KubernetesKinds[Kind]> }

/** Follows the objects that a discovery's targets are made of, and tells of all of them after each change, until the signal aborts. */
export function watchKubernetes(
  client: KubeClient,
  sd: KubernetesDiscovery,
  onChange: (objects: KubernetesObjects) => void,
  signal: AbortSignal,
): void {
  const objects: Mutable = {
    pod: new Map(),
    service: new Map(),
    node: new Map(),
    endpoints: new Map(),
    endpointslice: new Map(),
    ingress: new Map(),
    namespace: new Map(),
    replicaset: new Map(),
  }
  for (const kind of watched(sd)) {
    const { namespaced, ...resource } = resources[kind]
    const names = sd.namespaces?.names ?? []
    const selector = sd.selectors?.find(({ role }) => role === kind)
    for (const namespace of namespaced && names.length > 0 ? names : [undefined]) {
      client.watch<KubeObject>(
        resource,
        {
          ...(namespace !== undefined && { namespace }),
          ...(selector?.label !== undefined && { labelSelector: selector.label }),
          ...(selector?.field !== undefined && { fieldSelector: selector.field }),
        },
        ({ type, object }) => {
          const key = objectKey(object.metadata.namespace, object.metadata.name)
          // The server sends what the resource says: objects of this kind.
          const known = objects[kind] as Map<string, KubeObject>
          if (type === "DELETED") known.delete(key)
          else known.set(key, object)
          onChange(objects)
        },
        signal,
      )
    }
  }
}

function watched({ role, attach_metadata: attached }: KubernetesDiscovery): Set<KubernetesKind> {
  const kinds = new Set(kindsOf[role])
  if (attached?.node && role !== "service" && role !== "ingress") kinds.add("node")
  if (attached?.namespace && role !== "node") kinds.add("namespace")
  if (attached?.deployment && kinds.has("pod")) kinds.add("replicaset")
  return kinds
}
