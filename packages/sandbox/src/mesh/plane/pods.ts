import type { Duplex } from "node:stream"
import type { MeshPod, Workload } from "../snapshot.ts"
import { ProxyStats } from "../telemetry/stats.ts"

/** A pod as the data plane knows it, with the state of its sidecar. */
export class PodProxy {
  /** The `istio-proxy` container runs. */
  up = false
  injected = false
  labels: Readonly<Record<string, string>> = {}
  namespace = ""
  ip = ""
  workload: Workload | undefined
  stats = new ProxyStats()
  /** Connections that its programs opened through the proxy. */
  readonly sockets = new Set<Duplex>()
  readonly #whenIdle: (() => void)[] = []
  #active = 0

  update(pod: MeshPod, workload: Workload): void {
    this.injected = pod.injected
    this.labels = pod.labels
    this.namespace = pod.namespace
    this.ip = pod.ip
    this.workload = workload
  }

  /** A new proxy process counts from 0, as a new Envoy does; the connections of one that ended are gone with it. */
  setUp(up: boolean): void {
    if (up && !this.up) this.stats = new ProxyStats()
    this.up = up
    if (!up) for (const socket of this.sockets) socket.destroy()
  }

  /** A request or connection from or to the pod begins. */
  enter(): void {
    this.#active++
  }

  leave(): void {
    this.#active--
    if (this.#active === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  /** Resolves when nothing is under way; at once if so. */
  idle(): Promise<void> {
    if (this.#active === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }
}
