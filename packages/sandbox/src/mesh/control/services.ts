import type { EndpointSlice, Service, ServicePort } from "../../kube/types.gen.ts"
import { serviceHost } from "../names.ts"
import type { MeshService, PortProtocol } from "../snapshot.ts"

/** A service with what is behind it. */
export interface ServiceEntry {
  readonly mesh: MeshService
  /** By the service's port number: where it leads. */
  readonly endpoints: ReadonlyMap<number, readonly ServiceEndpoint[]>
}

export interface ServiceEndpoint {
  readonly ip: string
  readonly port: number
  readonly podUid: string | undefined
}

/** Ports that stay TCP unless they say otherwise, since their servers speak first (Istio's list). */
const serverFirstPorts = new Set([25, 53, 3306, 27017])

/** By `appProtocol`, else by the port's name up to its first dash; neither known: found out per connection. */
function portProtocol(port: ServicePort): PortProtocol {
  const stated = (port.appProtocol ?? port.name ?? "").toLowerCase()
  if (stated === "kubernetes.io/h2c" || stated === "kubernetes.io/ws") return "http"
  if (stated === "kubernetes.io/wss") return "tcp"
  const [prefix = ""] = stated.split("-")
  if (["http", "http2", "grpc", "http_proxy"].includes(prefix)) return "http"
  if (["tcp", "https", "tls", "mongo", "redis", "mysql"].includes(prefix)) return "tcp"
  return serverFirstPorts.has(port.port) ? "tcp" : "auto"
}

export function serviceEntries(services: readonly Service[], slices: readonly EndpointSlice[]): ServiceEntry[] {
  const byService = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const name = slice.metadata.labels?.["kubernetes.io/service-name"]
    if (!name || slice.addressType !== "IPv4") continue
    const key = serviceHost(name, slice.metadata.namespace ?? "default")
    const list = byService.get(key)
    if (list) list.push(slice)
    else byService.set(key, [slice])
  }
  return services.map((service) => {
    const host = serviceHost(service.metadata.name ?? "", service.metadata.namespace ?? "default")
    return serviceEntry(service, host, byService.get(host) ?? [])
  })
}

function serviceEntry(service: Service, host: string, slices: readonly EndpointSlice[]): ServiceEntry {
  const { spec = {}, metadata } = service
  const ports = (spec.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP")
  const addresses = (spec.clusterIPs ?? [spec.clusterIP ?? ""]).filter((ip) => ip !== "" && ip !== "None")
  const mesh: MeshService = {
    host,
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "default",
    clusterIPs: addresses,
    ports: ports.map((port) => ({ number: port.port, protocol: portProtocol(port) })),
    ...(spec.type === "ExternalName" ? { alias: (spec.externalName ?? "").replace(/\.$/, "").toLowerCase() } : {}),
    ...(spec.clusterIP === "None" ? { headless: headlessNames(slices) } : {}),
  }
  const endpoints = new Map(ports.map((port) => [port.port, portEndpoints(port, slices)]))
  return { mesh, endpoints }
}

/** Endpoints that are ready; one that is terminating is not. An absent condition counts as ready (discovery/v1). */
function* readyEndpoints(slice: EndpointSlice) {
  for (const endpoint of slice.endpoints ?? []) if (endpoint.conditions?.ready ?? true) yield endpoint
}

function portEndpoints(port: ServicePort, slices: readonly EndpointSlice[]): ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>()
  for (const slice of slices) {
    const number = slice.ports?.find(({ name }) => (name ?? "") === (port.name ?? ""))?.port
    if (number === undefined) continue
    for (const { addresses, targetRef } of readyEndpoints(slice)) {
      const [ip] = addresses
      if (ip) found.set(ip, { ip, port: number, podUid: targetRef?.kind === "Pod" ? targetRef.uid : undefined })
    }
  }
  return [...found.values()]
}

function headlessNames(slices: readonly EndpointSlice[]): NonNullable<MeshService["headless"]> {
  const addresses = new Set<string>()
  const named: Record<string, string> = {}
  for (const slice of slices) {
    for (const endpoint of readyEndpoints(slice)) {
      const [ip] = endpoint.addresses
      if (!ip) continue
      addresses.add(ip)
      if (endpoint.hostname) named[endpoint.hostname] = ip
    }
  }
  return { addresses: [...addresses], named }
}
