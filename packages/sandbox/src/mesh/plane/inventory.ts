import type { Duplex } from "node:stream"
import type { MeshPod, MeshService, Workload } from "../snapshot.ts"
import { unknownService, type ServiceIdentity } from "../telemetry/labels.ts"
import { Endpoint } from "./endpoint.ts"
import { PodProxy } from "./pods.ts"

/** Names that clients choose are remembered up to here; more of them count as unknown. */
const maxPassthroughNames = 1000

/**
 * What outlives a snapshot: pods with their counters, endpoints with their connections, and one object for each
 * workload and service, so that telemetry finds its series by identity.
 */
export class Inventory {
  readonly #dial: (ip: string, port: number) => Promise<Duplex>
  readonly #now: () => number
  readonly #pods = new Map<string, PodProxy>()
  readonly #workloads = new Map<string, Workload>()
  readonly #services = new Map<string, ServiceIdentity>()
  readonly #passthrough = new Map<string, ServiceIdentity>()
  #endpoints = new Map<string, Endpoint>()
  #used = new Map<string, Endpoint>()

  constructor(dial: (ip: string, port: number) => Promise<Duplex>, now: () => number) {
    this.#dial = dial
    this.#now = now
  }

  /** A pod that no snapshot has named yet is known by what its proxy and network say. */
  pod(uid: string): PodProxy {
    let pod = this.#pods.get(uid)
    if (!pod) this.#pods.set(uid, (pod = new PodProxy()))
    return pod
  }

  knownPod(uid: string): PodProxy | undefined {
    return this.#pods.get(uid)
  }

  /** Brings the pods up to date; those that are gone are forgotten unless their proxy still runs. */
  setPods(pods: readonly MeshPod[]): void {
    const present = new Set<string>()
    for (const pod of pods) {
      present.add(pod.uid)
      this.pod(pod.uid).update(pod, this.workload(pod.workload))
    }
    for (const [uid, pod] of this.#pods) if (!present.has(uid) && !pod.up) this.#pods.delete(uid)
  }

  endpoint(ip: string, port: number, podUid: string | undefined): Endpoint {
    const key = `${ip}:${port}:${podUid ?? ""}`
    let endpoint = this.#used.get(key) ?? this.#endpoints.get(key)
    if (!endpoint) {
      const pod = podUid === undefined ? undefined : this.pod(podUid)
      endpoint = new Endpoint(ip, port, pod, { dial: this.#dial, now: this.#now })
    }
    this.#used.set(key, endpoint)
    return endpoint
  }

  /** Retires the endpoints that were not asked for since the last call. */
  sweepEndpoints(): void {
    for (const [key, endpoint] of this.#endpoints) if (!this.#used.has(key)) endpoint.retire()
    this.#endpoints = this.#used
    this.#used = new Map()
  }

  endpointsOf(pod: PodProxy): readonly Endpoint[] {
    return [...this.#endpoints.values()].filter((endpoint) => endpoint.pod === pod)
  }

  allEndpoints(): Iterable<Endpoint> {
    return this.#endpoints.values()
  }

  workload(workload: Workload): Workload {
    const key = Object.values(workload).join("\0")
    const known = this.#workloads.get(key)
    if (known) return known
    this.#workloads.set(key, workload)
    return workload
  }

  service(host: string, service: MeshService | undefined): ServiceIdentity {
    const known = this.#services.get(host)
    if (known) return known
    const identity = { host, name: service?.name ?? host, namespace: service?.namespace ?? "unknown" }
    this.#services.set(host, identity)
    return identity
  }

  /** Requests for names that the mesh does not know count under `PassthroughCluster`. */
  passthrough(authority: string): ServiceIdentity {
    const known = this.#passthrough.get(authority)
    if (known) return known
    if (this.#passthrough.size >= maxPassthroughNames) return unknownService
    const identity = { host: authority, name: "PassthroughCluster", namespace: "unknown" }
    this.#passthrough.set(authority, identity)
    return identity
  }
}
