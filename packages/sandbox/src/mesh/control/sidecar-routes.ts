import { covers, fullHost } from "../names.ts"
import type { TcpRoute, VirtualHost } from "../snapshot.ts"
import type { VirtualService } from "./istio.ts"
import { appliesTo, type Listener } from "./match.ts"
import { destinationCluster, httpRoutes, type Registry } from "./routes.ts"
import type { ServiceEntry } from "./services.ts"

const mesh: ReadonlySet<string> = new Set(["mesh"])

/** One VirtualService for one host of it. */
interface Claim {
  readonly vs: VirtualService
  readonly host: string
  readonly visibleTo: readonly string[] | undefined
}

/** The port at which names that are no service of the cluster are served, as istiod has it. */
const externalPort = 80

/**
 * What VirtualServices say to the proxies of pods. For each service and port the VirtualService with the most specific
 * host counts, of equals the oldest. `virtualServices` are in order of age.
 */
export function sidecarRoutes(
  virtualServices: readonly VirtualService[],
  registry: Registry,
): { http: VirtualHost[]; tcp: TcpRoute[] } {
  const claims = virtualServices.filter(isForMesh).flatMap(claimsOf)
  const services = [...registry.services.values()]
  const http: VirtualHost[] = []
  const tcp: TcpRoute[] = []
  for (const service of services) {
    for (const claim of winners(claims, service.mesh.host, registry)) addService(claim, service, registry, http, tcp)
  }
  for (const { vs, host, visibleTo } of claims) {
    if (services.some((service) => covers(host, service.mesh.host))) continue
    const routes = httpRoutes(vs, { port: externalPort, gateways: mesh }, registry)
    if (routes.length > 0) http.push({ host, port: externalPort, ...visibility(visibleTo), routes })
  }
  return { http, tcp }
}

function isForMesh({ spec }: VirtualService): boolean {
  return !spec?.gateways || spec.gateways.length === 0 || spec.gateways.includes("mesh")
}

function claimsOf(vs: VirtualService): Claim[] {
  const namespace = vs.metadata.namespace ?? "default"
  const exportTo = vs.spec?.exportTo ?? []
  const visibleTo =
    exportTo.length === 0 || exportTo.includes("*")
      ? undefined
      : exportTo.map((name) => (name === "." ? namespace : name))
  return (vs.spec?.hosts ?? []).map((host) => ({ vs, host: fullHost(host, namespace), visibleTo }))
}

/** The claims on a service that count: for each set of namespaces one. */
function winners(claims: readonly Claim[], service: string, { problems }: Registry): Claim[] {
  const chosen = new Map<string, Claim>()
  for (const claim of claims) {
    if (!covers(claim.host, service)) continue
    const key = claim.visibleTo?.join(",") ?? "*"
    const known = chosen.get(key)
    if (known?.host === claim.host && known.vs !== claim.vs) {
      const names = [known.vs, claim.vs].map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`)
      for (const vs of [known.vs, claim.vs]) problems.conflictingHost(vs, names, service)
    }
    if (!known || specificity(claim.host) > specificity(known.host)) chosen.set(key, claim)
  }
  return [...chosen.values()]
}

function specificity(host: string): number {
  return host.startsWith("*") ? host.length : host.length + 1000
}

function addService(
  { vs, visibleTo }: Claim,
  { mesh: service }: ServiceEntry,
  registry: Registry,
  http: VirtualHost[],
  tcp: TcpRoute[],
): void {
  for (const { number: port, protocol } of service.ports) {
    const listener: Listener = { port, gateways: mesh }
    if (protocol !== "tcp") {
      const routes = httpRoutes(vs, listener, registry)
      if (routes.length > 0) http.push({ host: service.host, port, ...visibility(visibleTo), routes })
    }
    if (protocol !== "http") tcp.push(...tcpRoutes(vs, service.host, listener, visibleTo, registry))
  }
}

function tcpRoutes(
  vs: VirtualService,
  host: string,
  listener: Listener,
  visibleTo: readonly string[] | undefined,
  registry: Registry,
): TcpRoute[] {
  const namespace = vs.metadata.namespace ?? "default"
  return (vs.spec?.tcp ?? []).flatMap(({ match, route = [] }, i) => {
    if (match?.some(({ destinationSubnets }) => destinationSubnets !== undefined)) {
      registry.problems.unsupported(vs, `spec.tcp[${i}].match.destinationSubnets`)
    }
    const destinations = route.flatMap(({ destination, weight = 0 }) => {
      if (!destination || (route.length > 1 && weight === 0)) return []
      return [{ cluster: destinationCluster(vs, destination, listener.port, registry), weight }]
    })
    return (match ?? [{}])
      .filter((condition) => appliesTo(condition, listener, namespace))
      .map(({ sourceLabels }) => ({
        host,
        port: listener.port,
        ...visibility(visibleTo),
        ...(sourceLabels ? { sourceLabels } : {}),
        destinations,
      }))
  })
}

function visibility(visibleTo: readonly string[] | undefined): { visibleTo?: readonly string[] } {
  return visibleTo ? { visibleTo } : {}
}
