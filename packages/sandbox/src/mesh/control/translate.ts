import type { KubeObject } from "../../kube/client.ts"
import type { EndpointSlice, Pod, Service } from "../../kube/types.gen.ts"
import type { MeshSnapshot } from "../snapshot.ts"
import { checkIstioObject } from "../validation/admission.ts"
import { clustersOf } from "./clusters.ts"
import { resolveDelegates } from "./delegates.ts"
import { ingressListener } from "./ingress-routes.ts"
import type { DestinationRule, Gateway, VirtualService } from "./istio.ts"
import { Problems, type Problem } from "./problems.ts"
import type { Registry } from "./routes.ts"
import { serviceEntries } from "./services.ts"
import { sidecarRoutes } from "./sidecar-routes.ts"
import { meshPod } from "./workload.ts"

/** Everything in the API that says where requests go. */
export interface MeshObjects {
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly pods: readonly Pod[]
  readonly virtualServices: readonly VirtualService[]
  readonly destinationRules: readonly DestinationRule[]
  readonly gateways: readonly Gateway[]
}

export interface Translation {
  readonly snapshot: MeshSnapshot
  readonly problems: readonly Problem[]
}

/** What istiod does: the API's objects as configuration for the proxies, and what is wrong with them. */
export function translate(objects: MeshObjects): Translation {
  const problems = new Problems()
  const pods = new Map(objects.pods.flatMap((pod) => meshPod(pod) ?? []).map((pod) => [pod.uid, pod]))
  const entries = serviceEntries(objects.services, objects.endpointSlices)
  const clusters = clustersOf(entries, byAge(objects.destinationRules), pods, problems)
  const registry: Registry = {
    services: new Map(entries.map((entry) => [entry.mesh.host, entry])),
    clusters: new Set(clusters.map(({ name }) => name)),
    problems,
  }
  const virtualServices = resolveDelegates(byAge(objects.virtualServices))
  const { http, tcp } = sidecarRoutes(virtualServices, registry)
  const ingress = ingressListener(byAge(objects.gateways), virtualServices, registry)
  for (const vs of virtualServices) if (vs.spec?.tls?.length) problems.unsupported(vs, "spec.tls")
  // Admission refuses these; objects from before, or written past it, are reported.
  for (const object of [...objects.virtualServices, ...objects.destinationRules, ...objects.gateways]) {
    for (const finding of checkIstioObject(object)) problems.invalid(object, finding)
  }
  const snapshot: MeshSnapshot = {
    pods: [...pods.values()],
    services: entries.map(({ mesh }) => mesh),
    clusters,
    sidecarHosts: http,
    sidecarTcp: tcp,
    ...(ingress ? { ingress } : {}),
  }
  return { snapshot, problems: problems.all }
}

/** Oldest first; objects of the same second by namespace and name, so that the order never depends on delivery. */
function byAge<T extends KubeObject>(objects: readonly T[]): T[] {
  const key = ({ metadata }: T): string =>
    `${metadata.creationTimestamp ?? ""} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
