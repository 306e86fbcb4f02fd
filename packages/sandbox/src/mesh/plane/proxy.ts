import type { Forward, Route, Workload } from "../snapshot.ts"
import type { ProxyStats } from "../telemetry/stats.ts"
import type { Cluster } from "./cluster.ts"
import type { RequestView } from "./match.ts"
import type { PodProxy } from "./pods.ts"

/** What a proxy does with a request. */
export type Routed =
  | { readonly kind: "forward"; readonly route?: Route; readonly forward: Forward; readonly prefixLength: number }
  /** To where the program connected, since no virtual host knows the name. */
  | { readonly kind: "passthrough"; readonly cluster: Cluster }
  | { readonly kind: "answer"; readonly route: Route; readonly prefixLength: number }

/** The Envoy that a connection passes first. */
export interface Proxy {
  /**
   * `sidecar`: of the pod that sends. `gateway`: the ingress gateway. `inbound`: the sender has no proxy, the
   * receiver has; requests go where the connection went.
   */
  readonly kind: "sidecar" | "gateway" | "inbound"
  /** What it calls itself in `Server`: Istio names gateways and inbound proxies `istio-envoy`, outbound ones `envoy`. */
  readonly server: "envoy" | "istio-envoy"
  /** Whose requests these are; undefined when the sender is not in the mesh. */
  readonly workload: Workload | undefined
  /** The sender's pod. */
  readonly pod: PodProxy | undefined
  /** Takes the report of the `source` side. */
  readonly stats: ProxyStats | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly namespace: string
  /** Of the client, for `X-Forwarded-For` at the gateway. */
  readonly remoteAddress: string | undefined
  /** Undefined: no route (404). */
  route(request: RequestView): Routed | undefined
}

/** What exchanges need of the data plane. */
export interface PlaneServices {
  readonly random: () => number
  /** Milliseconds, monotonic. */
  readonly now: () => number
  cluster(name: string): Cluster | undefined
}
