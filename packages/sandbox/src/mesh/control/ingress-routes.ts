import { covers, fullHost } from "../names.ts"
import type { IngressListener, Route } from "../snapshot.ts"
import type { Gateway, GatewayServer, VirtualService } from "./istio.ts"
import { gatewayKey } from "./match.ts"
import { httpRoutes, type Registry } from "./routes.ts"

/** The labels of the embedded ingress gateway's (virtual) pod, which Gateways select. */
const ingressLabels: Readonly<Record<string, string>> = {
  app: "istio-ingressgateway",
  istio: "ingressgateway",
}

/** The one port that the embedded gateway opens. */
const ingressPort = 80

interface OpenServer {
  readonly gateway: string
  readonly namespace: string
  readonly server: GatewayServer
}

/**
 * What the ingress gateway serves: the hosts of the Gateways that select it, with the routes of the VirtualServices
 * that are bound to them. VirtualServices for the same host are merged in order of age, catch-all routes last.
 */
export function ingressListener(
  gateways: readonly Gateway[],
  virtualServices: readonly VirtualService[],
  registry: Registry,
): IngressListener | undefined {
  const servers = openServers(gateways, registry)
  noteMissing(gateways, virtualServices, registry)
  if (servers.length === 0) return undefined
  const routes = new Map<string, Route[]>()
  for (const vs of virtualServices) {
    const namespace = vs.metadata.namespace ?? "default"
    const names = new Set((vs.spec?.gateways ?? []).map((name) => gatewayKey(name, namespace)))
    const bound = servers.filter(({ gateway, server }) => names.has(gateway) && !server.tls?.httpsRedirect)
    if (bound.length === 0) continue
    const listener = { port: ingressPort, gateways: new Set(bound.map(({ gateway }) => gateway)) }
    const own = httpRoutes(vs, listener, registry)
    const hosts = new Set(
      (vs.spec?.hosts ?? []).flatMap((host) => bound.flatMap((open) => intersect(open, fullHost(host, namespace), vs))),
    )
    for (const host of hosts) routes.set(host, [...(routes.get(host) ?? []), ...own])
  }
  const redirected = servers.filter(({ server }) => server.tls?.httpsRedirect)
  return {
    httpsRedirect: redirected.flatMap(({ server }) => (server.hosts ?? []).map((host) => host.replace(/^[^/]*\//, ""))),
    hosts: [...routes].map(([host, list]) => ({ host, port: ingressPort, routes: catchAllLast(list) })),
  }
}

function openServers(gateways: readonly Gateway[], { problems }: Registry): OpenServer[] {
  return gateways.flatMap((gateway) => {
    const { selector = {}, servers = [] } = gateway.spec ?? {}
    if (!Object.entries(selector).every(([name, value]) => ingressLabels[name] === value)) return []
    const namespace = gateway.metadata.namespace ?? "default"
    return servers.flatMap((server, i) => {
      const protocol = (server.port?.protocol ?? "").toUpperCase()
      const isHttp = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"].includes(protocol)
      if (!isHttp || server.port?.number !== ingressPort) {
        problems.unsupported(gateway, `spec.servers[${i}] (${protocol} on port ${server.port?.number ?? "?"})`)
        return []
      }
      return [{ gateway: `${namespace}/${gateway.metadata.name ?? ""}`, namespace, server }]
    })
  })
}

/** The hosts that both a Gateway's server and a VirtualService speak of: of each pair the more specific. */
function intersect({ server, namespace }: OpenServer, host: string, vs: VirtualService): string[] {
  return (server.hosts ?? []).flatMap((stated) => {
    const slash = stated.indexOf("/")
    const scope = slash < 0 ? "*" : stated.slice(0, slash)
    const allowed = scope === "." ? namespace : scope
    if (allowed !== "*" && allowed !== vs.metadata.namespace) return []
    const pattern = fullHost(stated.slice(slash + 1), namespace)
    if (covers(pattern, host)) return [host]
    return covers(host, pattern) ? [pattern] : []
  })
}

function catchAllLast(routes: readonly Route[]): Route[] {
  const isCatchAll = ({ matches }: Route): boolean =>
    matches.length === 0 || matches.some((match) => Object.keys(match).length === 0)
  return [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)]
}

function noteMissing(
  gateways: readonly Gateway[],
  virtualServices: readonly VirtualService[],
  { problems }: Registry,
): void {
  const known = new Set(gateways.map(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name ?? ""}`))
  for (const vs of virtualServices) {
    for (const name of vs.spec?.gateways ?? []) {
      const key = gatewayKey(name, vs.metadata.namespace ?? "default")
      if (key !== "mesh" && !known.has(key)) problems.notFound(vs, "gateway", name)
    }
  }
}
