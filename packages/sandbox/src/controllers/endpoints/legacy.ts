import type { EndpointAddress, Endpoints, EndpointSubset, Pod, Service } from "../../kube/types.gen.ts"
import { isFinished, isReady, isTerminating } from "../pods/index.ts"
import { HEADLESS, LAST_CHANGE } from "./labels.ts"
import { portsOn } from "./ports.ts"

export const LEGACY_MANAGED_BY = "endpoints.kubernetes.io/managed-by"
export const LEGACY_MANAGER = "endpoint-controller"

/** The Endpoints object of a Service, the form that came before slices and that kubectl still shows. */
export function legacyEndpoints(service: Service, pods: readonly Pod[], since: string | undefined): Endpoints {
  const { name, namespace, labels } = service.metadata
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      labels: {
        ...labels,
        ...(service.spec?.clusterIP === "None" && { [HEADLESS]: "" }),
        [LEGACY_MANAGED_BY]: LEGACY_MANAGER,
      },
      ...(since !== undefined && { annotations: { [LAST_CHANGE]: since } }),
    },
    ...subsetsOf(service, pods),
  }
}

function subsetsOf(service: Service, pods: readonly Pod[]): { subsets?: EndpointSubset[] } {
  const subsets = new Map<string, Required<EndpointSubset>>()
  const byAddress = [...pods].sort((a, b) => ((a.status?.podIP ?? "") < (b.status?.podIP ?? "") ? -1 : 1))
  for (const pod of byAddress) {
    const address = addressOf(pod)
    if (address === undefined) continue
    const ports = portsOn(service, pod).map(({ name = "", ...port }) => ({
      ...(name !== "" && { name }),
      ...port,
      port: port.port ?? 0,
    }))
    const key = JSON.stringify(ports)
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports }
    const ready = isReady(pod) || service.spec?.publishNotReadyAddresses === true
    const addresses = ready ? subset.addresses : subset.notReadyAddresses
    addresses.push(address)
    subsets.set(key, subset)
  }
  return subsets.size === 0 ? {} : { subsets: [...subsets.values()].map(withoutEmpty) }
}

function addressOf(pod: Pod): EndpointAddress | undefined {
  const ip = pod.status?.podIP ?? ""
  if (ip === "" || isFinished(pod) || isTerminating(pod)) return undefined
  const { name = "", namespace = "", uid = "" } = pod.metadata
  const nodeName = pod.spec?.nodeName
  return { ip, ...(nodeName !== undefined && { nodeName }), targetRef: { kind: "Pod", namespace, name, uid } }
}

function withoutEmpty({ addresses, notReadyAddresses, ports }: Required<EndpointSubset>): EndpointSubset {
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ports,
  }
}
