import type { Duplex } from "node:stream"
import type { Socket } from "node:net"

/**
 * The seam between the pod network (`node/`) and the data plane (`mesh/`), both in the node process. The network hands
 * every connection from a pod to a Service address to the mesh; connections from one pod straight to another pod's
 * address do not pass here.
 */
export interface PodIdentity {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly ip: string
}

export interface MeshNetwork {
  /** Connects to a port of a pod by its IP, as from another pod. Rejects as connect(2) fails: ECONNREFUSED, ETIMEDOUT. */
  dial(ip: string, port: number): Promise<Duplex>
  /** Service ports to accept connections on (0.0.0.0 in the world's own network); called with the whole set at each change. */
  setServicePorts(ports: ReadonlySet<number>): void
}

/** The whole routing state, made by the control part from the API's objects; `MeshSnapshot` is plain JSON. */
export interface DataPlane<Snapshot> {
  /** Takes effect for the next request; requests under way finish where they are. */
  configure(snapshot: Snapshot): void
  /** A connection from a pod. `to.host` is a DNS name or an IP, as the program gave it. The mesh owns the socket from here. */
  outbound(socket: Duplex, from: PodIdentity, to: { readonly host: string; readonly port: number }): void
  /** A connection that came in at the ingress gateway's port 80. */
  ingress(socket: Socket | Duplex): void
  /** For DNS: `podinfo.test` asked from namespace `test` → ClusterIP or pod IPs (headless); undefined: NXDOMAIN. */
  resolve(name: string, fromNamespace: string): readonly string[] | undefined
  /** Istio's telemetry in text exposition format: of one pod's proxy, or of the ingress gateway. */
  stats(of: { readonly podUid: string } | "ingress"): string
  /** The pod's `istio-proxy` came up or went away: without it an injected pod neither sends nor gets traffic. */
  setProxy(podUid: string, up: boolean): void
  close(): Promise<void>
}
