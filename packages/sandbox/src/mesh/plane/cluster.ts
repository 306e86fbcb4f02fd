import type { MeshCluster } from "../snapshot.ts"
import type { ServiceIdentity } from "../telemetry/labels.ts"
import type { Endpoint } from "./endpoint.ts"

/** A set of endpoints with one policy: a service's port, or a subset of it. */
export class Cluster {
  #next: number | undefined

  constructor(
    readonly config: Pick<MeshCluster, "name" | "balancing" | "connectTimeoutMs" | "outlier">,
    readonly service: ServiceIdentity,
    readonly endpoints: readonly Endpoint[],
    /** The cluster of that name before: its turn is continued. */
    before?: Cluster,
  ) {
    if (before) this.#next = before.#next
  }

  /**
   * Chooses an endpoint; undefined when there is none that is healthy. Those in `avoid` were tried already and are taken
   * only when nothing else is left. (Envoy draws up to six times for this, which under LEAST_REQUEST often ends at the
   * endpoint that fails fastest, having the least requests.)
   */
  choose(random: () => number, now: number, avoid?: ReadonlySet<Endpoint>): Endpoint | undefined {
    const { outlier } = this.config
    const healthy = outlier ? this.endpoints.filter(({ ejectedUntil }) => ejectedUntil <= now) : this.endpoints
    const untried = avoid ? healthy.filter((endpoint) => !avoid.has(endpoint)) : healthy
    return this.#draw(untried.length > 0 ? untried : healthy, random)
  }

  #draw(healthy: readonly Endpoint[], random: () => number): Endpoint | undefined {
    const pick = (): Endpoint | undefined => healthy[Math.floor(random() * healthy.length)]
    if (healthy.length < 2) return healthy[0]
    switch (this.config.balancing) {
      case "RANDOM":
        return pick()
      case "ROUND_ROBIN": {
        const at = this.#next ?? Math.floor(random() * healthy.length)
        this.#next = (at + 1) % healthy.length
        return healthy[at % healthy.length]
      }
      case "LEAST_REQUEST": {
        // The lesser of two choices drawn at random, as Envoy does for endpoints of equal weight.
        const [first, second] = [pick(), pick()]
        return first && second && second.active < first.active ? second : first
      }
    }
  }
}
