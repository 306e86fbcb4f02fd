import { hostOf, covers } from "../names.ts"
import type { Route, Workload } from "../snapshot.ts"
import type { ProxyStats } from "../telemetry/stats.ts"
import { Cluster } from "./cluster.ts"
import type { Inventory } from "./inventory.ts"
import type { RequestView } from "./match.ts"
import type { PodProxy } from "./pods.ts"
import type { Proxy, Routed } from "./proxy.ts"
import { firstMatch, type Matched } from "./route-table.ts"
import type { PlaneState, ServicePort } from "./state.ts"

/** The state as it is now: a connection outlives snapshots. */
export type Current = () => PlaneState

/** The proxy beside a program that opened a connection to `to`. */
export function sidecarProxy(
  pod: PodProxy,
  namespace: string,
  to: { readonly host: string; readonly port: number },
  current: Current,
  inventory: Inventory,
): Proxy {
  return {
    kind: "sidecar",
    server: "envoy",
    // Read when needed: a program may connect before a snapshot has told of its pod.
    get workload() {
      return pod.workload
    },
    pod,
    stats: pod.stats,
    get labels() {
      return pod.labels
    },
    namespace,
    remoteAddress: undefined,
    route(request) {
      const state = current()
      const authority = request.head.fields.get("host") ?? ""
      const found = state.find(authority, to.port, namespace)
      const name = found?.service.host ?? hostOf(authority)
      // What a VirtualService says of a name as it is written counts before what the name may stand for.
      const written = state.sidecarRoutes.exact(hostOf(authority), to.port, namespace)
      const routes = written ?? state.sidecarRoutes.find(name, to.port, namespace)
      if (routes) return routed(firstMatch(routes, request))
      if (found) return { kind: "forward", forward: state.defaultForward(found.cluster), prefixLength: 1 }
      const original = state.find(to.host, to.port, namespace)
      return original && passthrough(original, authority, inventory)
    },
  }
}

function passthrough(original: ServicePort, authority: string, inventory: Inventory): Routed {
  const config = { ...original.cluster.config, name: "PassthroughCluster", balancing: "RANDOM" } as const
  const cluster = new Cluster(config, inventory.passthrough(authority), original.cluster.endpoints)
  return { kind: "passthrough", cluster }
}

/** The proxy of a pod that is reached by a program without one, over a connection that was balanced already. */
export function inboundProxy(cluster: Cluster): Proxy {
  const routed: Routed = { kind: "passthrough", cluster }
  return {
    kind: "inbound",
    server: "istio-envoy",
    workload: undefined,
    pod: undefined,
    stats: undefined,
    labels: {},
    namespace: "",
    remoteAddress: undefined,
    route: () => routed,
  }
}

/** The names under which the ingress gateway reports. */
export const gatewayWorkload: Workload = {
  name: "istio-ingressgateway",
  namespace: "istio-system",
  app: "istio-ingressgateway",
  version: "unknown",
  canonicalService: "istio-ingressgateway",
  canonicalRevision: "latest",
}

const gatewayLabels = { app: "istio-ingressgateway", istio: "ingressgateway" }

export function gatewayProxy(
  workload: Workload,
  stats: ProxyStats,
  current: Current,
  remoteAddress: string | undefined,
): Proxy {
  return {
    kind: "gateway",
    server: "istio-envoy",
    workload,
    pod: undefined,
    stats,
    labels: gatewayLabels,
    namespace: workload.namespace,
    remoteAddress,
    route(request) {
      const { ingress } = current()
      if (!ingress) return undefined
      const host = hostOf(request.head.fields.get("host") ?? "")
      if (ingress.httpsRedirect.some((pattern) => covers(pattern, host))) return toHttps
      const routes = ingress.routes.find(host, 80, workload.namespace)
      return routes && routed(firstMatch(routes, request))
    },
  }
}

const httpsRoute: Route = { matches: [], action: { kind: "redirect", status: 301, scheme: "https" } }
const toHttps: Routed = { kind: "answer", route: httpsRoute, prefixLength: 1 }

function routed(matched: Matched | undefined): Routed | undefined {
  if (!matched) return undefined
  const { route, prefixLength } = matched
  return route.action.kind === "forward"
    ? { kind: "forward", route, forward: route.action, prefixLength }
    : { kind: "answer", route, prefixLength }
}

/** For conditions that a connection alone decides. */
export function labelsMatch(
  wanted: RequestView["sourceLabels"] | undefined,
  labels: RequestView["sourceLabels"],
): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value)
}
