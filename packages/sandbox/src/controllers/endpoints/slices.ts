import type { Endpoint, EndpointPort, EndpointSlice, Pod, Service } from "../../kube/types.gen.ts"
import { controllerReference, isFinished, isReady, isTerminating } from "../pods/index.ts"
import { HEADLESS, LAST_CHANGE } from "./labels.ts"
import { portsOn } from "./ports.ts"

export const SERVICE_NAME = "kubernetes.io/service-name"
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
export const MANAGER = "endpointslice-controller.k8s.io"
/** As many endpoints are put into one slice at most. */
const SLICE_SIZE = 100

/** What slices a Service should have: endpoints of pods that share the numbers of their ports share a slice. */
export interface SliceContent {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export function sliceContents(service: Service, pods: readonly Pod[]): SliceContent[] {
  const byPorts = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>()
  for (const pod of pods) {
    const ip = pod.status?.podIP ?? ""
    if (ip === "" || isFinished(pod)) continue
    const ports = portsOn(service, pod)
    const key = JSON.stringify(ports)
    const group = byPorts.get(key) ?? { ports, endpoints: [] }
    group.endpoints.push(endpointOf(service, pod, ip))
    byPorts.set(key, group)
  }
  // A Service that selects nothing yet still has a slice: it says that there is nothing.
  if (byPorts.size === 0) return [{ ports: [], endpoints: [] }]
  return [...byPorts.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / SLICE_SIZE) }, (_, index) => ({
      ports,
      endpoints: endpoints.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE),
    })),
  )
}

/** A slice of the Service, without a name yet. `since` is when what it tells has come to be so. */
export function newSlice(
  service: Service,
  { ports, endpoints }: SliceContent,
  since: string | undefined,
): EndpointSlice {
  const { name = "", namespace, labels } = service.metadata
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      labels: {
        ...labels,
        ...(service.spec?.clusterIP === "None" && { [HEADLESS]: "" }),
        [SERVICE_NAME]: name,
        [MANAGED_BY]: MANAGER,
      },
      ...(since !== undefined && { annotations: { [LAST_CHANGE]: since } }),
      ownerReferences: [controllerReference(service)],
    },
    addressType: "IPv4",
    ...(ports.length > 0 && { ports: [...ports] }),
    ...(endpoints.length > 0 && { endpoints: [...endpoints] }),
  }
}

function endpointOf(service: Service, pod: Pod, ip: string): Endpoint {
  const { name = "", namespace = "", uid = "" } = pod.metadata
  const terminating = isTerminating(pod)
  const published = service.spec?.publishNotReadyAddresses === true
  const { hostname, subdomain, nodeName } = pod.spec ?? {}
  return {
    addresses: [ip],
    conditions: { ready: published || (isReady(pod) && !terminating), serving: isReady(pod), terminating },
    ...(hostname !== undefined && subdomain === service.metadata.name && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  }
}

/** Endpoints that a slice has already keep their place; new ones come after them. */
export function inPlace(wanted: readonly Endpoint[], before: readonly Endpoint[]): Endpoint[] {
  const places = new Map(before.map((endpoint, place) => [identityOf(endpoint), place]))
  const placeOf = (endpoint: Endpoint): number => places.get(identityOf(endpoint)) ?? before.length
  return wanted.toSorted((a, b) => placeOf(a) - placeOf(b))
}

const identityOf = ({ targetRef, addresses }: Endpoint): string => `${targetRef?.uid ?? ""} ${addresses.join(" ")}`
