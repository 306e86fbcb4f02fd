import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Peers } from "../telemetry/labels.ts"
import type { ProxyStats, TcpSeries } from "../telemetry/stats.ts"
import type { Cluster } from "./cluster.ts"
import type { Endpoint } from "./endpoint.ts"
import type { PlaneServices, Proxy } from "./proxy.ts"
import { tunnel } from "./tunnel.ts"

/** Ends a connection as one that was refused looks to the client: with a reset, where the socket can. */
export function refuse(socket: Duplex): void {
  if (socket instanceof Socket) socket.resetAndDestroy()
  else socket.destroy()
}

/** Joins a connection with an endpoint, byte by byte. `proxy` undefined: the sender has no sidecar. */
export function forwardTcp(
  services: PlaneServices,
  proxy: Proxy | undefined,
  cluster: Cluster,
  endpoint: Endpoint | undefined,
  socket: Duplex,
): void {
  const peers = { source: proxy?.workload, destination: endpoint?.pod?.workload, service: cluster.service }
  const reporters: { readonly stats: ProxyStats; readonly peers: Peers }[] = []
  if (proxy?.stats) reporters.push({ stats: proxy.stats, peers: { ...peers, reporter: "source" } })
  if (!endpoint) {
    count(reporters, "UH")
    refuse(socket)
    return
  }
  const { pod } = endpoint
  const onGone = (): void => void socket.destroy()
  socket.pause().on("error", onGone)
  proxy?.pod?.enter()
  pod?.enter()
  endpoint.active++
  const leave = (): void => {
    endpoint.active--
    pod?.leave()
    proxy?.pod?.leave()
  }
  endpoint.connectRaw(cluster.config.connectTimeoutMs).then(
    (upstream) => {
      socket.off("error", onGone)
      if (pod?.injected && pod.up) reporters.push({ stats: pod.stats, peers: { ...peers, reporter: "destination" } })
      const series = reporters.map(({ stats, peers: labels }) => stats.tcp(labels, "-"))
      for (const one of series) one.opened++
      tunnel(socket, upstream, {
        onBytes: (direction, bytes) => countBytes(series, direction, bytes),
        onClosed: () => {
          for (const one of series) one.closed++
          leave()
        },
      })
    },
    () => {
      count(reporters, "UF")
      leave()
      refuse(socket)
    },
  )
}

function count(reporters: readonly { stats: ProxyStats; peers: Peers }[], flags: string): void {
  for (const { stats, peers } of reporters) {
    const series = stats.tcp(peers, flags)
    series.opened++
    series.closed++
  }
}

function countBytes(all: readonly TcpSeries[], direction: "forth" | "back", bytes: number): void {
  for (const series of all) {
    if (direction === "forth") series.receivedBytes += bytes
    else series.sentBytes += bytes
  }
}
