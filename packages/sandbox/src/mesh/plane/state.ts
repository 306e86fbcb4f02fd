import { expansions, hostOf } from "../names.ts"
import {
  clusterName,
  type Forward,
  type MeshService,
  type MeshSnapshot,
  type PortProtocol,
  type TcpRoute,
} from "../snapshot.ts"
import { Cluster } from "./cluster.ts"
import type { Inventory } from "./inventory.ts"
import { defaultRetries } from "./retry.ts"
import { RouteTable } from "./route-table.ts"

/** A service's port that a connection is for. */
export interface ServicePort {
  readonly service: MeshService
  readonly protocol: PortProtocol
  /** All of its endpoints. */
  readonly cluster: Cluster
}

/** One snapshot, ready for lookups. */
export class PlaneState {
  readonly sidecarRoutes: RouteTable
  readonly ingress: { readonly routes: RouteTable; readonly httpsRedirect: readonly string[] } | undefined
  readonly tcpRoutes: readonly TcpRoute[]
  readonly services = new Map<string, MeshService>()
  readonly clusters = new Map<string, Cluster>()
  /** Ports on which connections to services are to be accepted. */
  readonly ports = new Set<number>()
  readonly #byAddress = new Map<string, MeshService>()
  readonly #defaults = new Map<string, Forward>()

  constructor(snapshot: MeshSnapshot, inventory: Inventory, before: PlaneState | undefined) {
    for (const service of snapshot.services) {
      this.services.set(service.host, service)
      for (const address of service.clusterIPs) {
        this.#byAddress.set(address, service)
        for (const { number } of service.ports) this.ports.add(number)
      }
    }
    for (const config of snapshot.clusters) {
      const identity = inventory.service(config.service, this.services.get(config.service))
      const endpoints = config.endpoints.map(({ ip, port, pod }) => inventory.endpoint(ip, port, pod))
      this.clusters.set(config.name, new Cluster(config, identity, endpoints, before?.clusters.get(config.name)))
    }
    this.sidecarRoutes = new RouteTable(snapshot.sidecarHosts)
    this.tcpRoutes = snapshot.sidecarTcp
    this.ingress = snapshot.ingress && {
      routes: new RouteTable(snapshot.ingress.hosts),
      httpsRedirect: snapshot.ingress.httpsRedirect,
    }
  }

  /** The service that a program in `namespace` means by a name or address and a port. */
  find(host: string, port: number, namespace: string): ServicePort | undefined {
    const plain = hostOf(host)
    let service = this.#byAddress.get(plain)
    for (const name of service ? [] : expansions(plain, namespace)) service ??= this.services.get(name)
    const protocol = service?.ports.find(({ number }) => number === port)?.protocol
    const cluster = service && this.clusters.get(clusterName(service.host, port, ""))
    return service && protocol && cluster ? { service, protocol, cluster } : undefined
  }

  /** What is done with requests for a service of which no VirtualService speaks. */
  defaultForward(cluster: Cluster): Forward {
    const { name } = cluster.config
    let forward = this.#defaults.get(name)
    if (!forward) {
      forward = { destinations: [{ cluster: name, weight: 1 }], mirrors: [], retries: defaultRetries }
      this.#defaults.set(name, forward)
    }
    return forward
  }
}
