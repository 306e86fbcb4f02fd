import type { EndpointPort, Pod, Service, ServicePort } from "../../kube/types.gen.ts"

/** Where the Service's ports lead on one pod; a named port that the pod does not have is left out. */
export function portsOn(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod)
    if (number === undefined) return []
    return {
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
    }
  })
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === "number") return target === 0 ? port.port : target
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always")
  return [...(pod.spec?.containers ?? []), ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .find(({ name, protocol = "TCP" }) => name === target && protocol === (port.protocol ?? "TCP"))?.containerPort
}
