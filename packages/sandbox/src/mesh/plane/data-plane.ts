import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Log } from "../../log.ts"
import type { DataPlane, MeshNetwork, PodIdentity } from "../mesh.ts"
import { seededRandom } from "../random.ts"
import type { MeshSnapshot } from "../snapshot.ts"
import { exposition } from "../telemetry/exposition.ts"
import { ProxyStats } from "../telemetry/stats.ts"
import { Cluster } from "./cluster.ts"
import { resolveName } from "./dns.ts"
import { Exchange } from "./exchange.ts"
import { Inventory } from "./inventory.ts"
import type { PodProxy } from "./pods.ts"
import type { PlaneServices, Proxy } from "./proxy.ts"
import { gatewayProxy, gatewayWorkload, inboundProxy, labelsMatch, sidecarProxy } from "./proxies.ts"
import { ServerConnection } from "./server-connection.ts"
import { sniff } from "./sniff.ts"
import { PlaneState, type ServicePort } from "./state.ts"
import { forwardTcp, refuse } from "./tcp.ts"
import { pickWeighted } from "./weights.ts"

export interface DataPlaneOptions {
  readonly log: Log
  /** Of the generator behind every random pick; absent: another one each time. */
  readonly seed?: number
  /** Instead of `seed`. */
  readonly random?: () => number
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

export interface MeshPlane extends DataPlane<MeshSnapshot> {
  /** Resolves when no request or connection from or to the pod is under way. */
  idle(podUid: string): Promise<void>
}

const nothing: MeshSnapshot = { pods: [], services: [], clusters: [], sidecarHosts: [], sidecarTcp: [] }

/** How long a client may keep silent on a port of unknown protocol before it is taken to wait for the server. */
const sniffLimitMs = 5000

/** The proxies of all pods and the ingress gateway, in one process; nothing is routed before the first `configure`. */
export function createDataPlane(network: MeshNetwork, options: DataPlaneOptions): MeshPlane {
  return new Plane(network, options)
}

class Plane implements MeshPlane, PlaneServices {
  readonly random: () => number
  readonly now: () => number
  readonly #network: MeshNetwork
  readonly #log: Log
  readonly #inventory: Inventory
  readonly #sockets = new Set<Duplex>()
  readonly #ingressStats = new ProxyStats()
  readonly #ingressWorkload = gatewayWorkload
  #state: PlaneState

  constructor(network: MeshNetwork, options: DataPlaneOptions) {
    this.#network = network
    this.#log = options.log
    this.random = options.random ?? seededRandom(options.seed ?? Math.floor(Math.random() * 2 ** 32))
    this.now = options.now ?? (() => performance.now())
    this.#inventory = new Inventory((ip, port) => network.dial(ip, port), this.now)
    this.#state = new PlaneState(nothing, this.#inventory, undefined)
  }

  cluster(name: string): Cluster | undefined {
    return this.#state.clusters.get(name)
  }

  configure(snapshot: MeshSnapshot): void {
    const before = this.#state
    this.#inventory.setPods(snapshot.pods)
    this.#state = new PlaneState(snapshot, this.#inventory, before)
    this.#inventory.sweepEndpoints()
    const { ports } = this.#state
    if (ports.size !== before.ports.size || [...ports].some((port) => !before.ports.has(port))) {
      this.#network.setServicePorts(ports)
    }
  }

  outbound(socket: Duplex, from: PodIdentity, to: { readonly host: string; readonly port: number }): void {
    const pod = this.#inventory.pod(from.uid)
    this.#track(socket, pod)
    const target = this.#state.find(to.host, to.port, from.namespace)
    if (!target || (pod.injected && !pod.up)) {
      const reason = target ? "the pod's istio-proxy is not running" : "no such service or port"
      this.#log("mesh: connection refused", {
        from: `${from.namespace}/${from.name}`,
        to: `${to.host}:${to.port}`,
        reason,
      })
      refuse(socket)
      return
    }
    if (pod.injected || pod.up) this.#fromSidecar(socket, pod, from, to, target)
    else this.#withoutSidecar(socket, target)
  }

  ingress(socket: Socket | Duplex): void {
    this.#track(socket, undefined)
    if (!this.#state.ingress) {
      refuse(socket)
      return
    }
    const address = socket instanceof Socket ? socket.remoteAddress?.replace(/^::ffff:/, "") : undefined
    this.#serve(
      socket,
      gatewayProxy(this.#ingressWorkload, this.#ingressStats, () => this.#state, address),
    )
  }

  resolve(name: string, fromNamespace: string): readonly string[] | undefined {
    return resolveName(this.#state.services, name, fromNamespace)
  }

  stats(of: { readonly podUid: string } | "ingress"): string {
    if (of === "ingress") return exposition(this.#ingressStats)
    const pod = this.#inventory.knownPod(of.podUid)
    return pod ? exposition(pod.stats) : ""
  }

  setProxy(podUid: string, up: boolean): void {
    const pod = this.#inventory.pod(podUid)
    const ended = pod.up && !up
    pod.setUp(up)
    if (ended) for (const endpoint of this.#inventory.endpointsOf(pod)) endpoint.cut()
  }

  idle(podUid: string): Promise<void> {
    return this.#inventory.knownPod(podUid)?.idle() ?? Promise.resolve()
  }

  async close(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)))
    for (const socket of this.#sockets) socket.destroy()
    for (const endpoint of this.#inventory.allEndpoints()) {
      endpoint.retire()
      endpoint.cut()
    }
    await Promise.all(closed)
  }

  #track(socket: Duplex, pod: PodProxy | undefined): void {
    this.#sockets.add(socket)
    pod?.sockets.add(socket)
    socket.once("close", () => {
      this.#sockets.delete(socket)
      pod?.sockets.delete(socket)
    })
  }

  #fromSidecar(
    socket: Duplex,
    pod: PodProxy,
    from: PodIdentity,
    to: { readonly host: string; readonly port: number },
    target: ServicePort,
  ): void {
    const proxy = sidecarProxy(pod, from.namespace, to, () => this.#state, this.#inventory)
    const tcp = (): void => {
      const cluster = this.#tcpCluster(target, to.port, proxy)
      forwardTcp(this, proxy, cluster, cluster.choose(this.random, this.now()), socket)
    }
    if (target.protocol === "tcp") {
      tcp()
      return
    }
    sniff(socket, target.protocol === "auto" ? sniffLimitMs : undefined, (spoken) => {
      // HTTP/2 is passed on as bytes: balanced by connection, without routes.
      if (spoken === "http2" || (spoken === "other" && target.protocol === "auto")) tcp()
      else this.#serve(socket, proxy)
    })
  }

  #tcpCluster(target: ServicePort, port: number, proxy: Proxy): Cluster {
    const route = this.#state.tcpRoutes.find(
      (candidate) =>
        candidate.host === target.service.host &&
        candidate.port === port &&
        (candidate.visibleTo?.includes(proxy.namespace) ?? true) &&
        labelsMatch(candidate.sourceLabels, proxy.labels),
    )
    if (!route) return target.cluster
    const name = pickWeighted(route.destinations, this.random)?.cluster
    const cluster = name === undefined ? undefined : this.cluster(name)
    // A destination that does not exist has no endpoint, so the connection is refused.
    return cluster ?? new Cluster(target.cluster.config, target.cluster.service, [])
  }

  /** As kube-proxy: any ready endpoint, per connection. A sidecar on the other side still sees the requests. */
  #withoutSidecar(socket: Duplex, { protocol, cluster }: ServicePort): void {
    const endpoint = cluster.endpoints[Math.floor(this.random() * cluster.endpoints.length)]
    const tcp = (): void => forwardTcp(this, undefined, cluster, endpoint, socket)
    if (!endpoint?.pod?.injected || protocol === "tcp") {
      tcp()
      return
    }
    const only = new Cluster({ ...cluster.config, name: `inbound|${endpoint.port}||` }, cluster.service, [endpoint])
    sniff(socket, protocol === "auto" ? sniffLimitMs : undefined, (spoken) => {
      if (spoken === "http1") this.#serve(socket, inboundProxy(only))
      else tcp()
    })
  }

  #serve(socket: Duplex, proxy: Proxy): void {
    const connection: ServerConnection = new ServerConnection(socket, proxy.server, (head) => {
      return new Exchange(this, proxy, connection, head)
    })
    socket.resume()
  }
}
