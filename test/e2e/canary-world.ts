import { canaryCrd, canaryPercent, deliveryCrd, parseYaml, readRoute, valueAt } from "../../packages/core/src/index.ts"
import { startCanaries, type Canaries } from "../../packages/agent/src/canary/index.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { ImageBook } from "../../packages/agent/src/images/index.ts"
import { createPrometheusClient } from "../../packages/agent/src/prometheus/index.ts"
import { RegistryClient } from "../../packages/agent/src/registry/index.ts"
import { AgentWorld, namespaceFile, type Any, type Cluster } from "./agent-world.ts"
import { startObservedTraffic, type ObservedTraffic } from "./observed-traffic.ts"

const apps = "apps/v1"
const istio = "networking.istio.io/v1"
const serin = "serin.dev/v1alpha1"

const deployment = (name: string, release: string, image: string) => `apiVersion: ${apps}
kind: Deployment
metadata: {name: ${name}, namespace: NS}
spec:
  replicas: 2
  selector: {matchLabels: {app: podinfo, release: ${release}}}
  template:
    metadata: {labels: {app: podinfo, release: ${release}}}
    spec:
      containers:
        - name: podinfo
          image: ${image} # by hand
`

export const canaryFiles: Readonly<Record<string, string>> = {
  "cluster/namespace.yaml": namespaceFile,
  "cluster/ga.yaml": deployment("podinfo-ga", "ga", "podinfo:0.1.0"),
  "cluster/canary.yaml": deployment("podinfo-canary", "canary", "podinfo:0.2.0"),
  "cluster/rule.yaml": `apiVersion: ${istio}
kind: DestinationRule
metadata: {name: podinfo, namespace: NS}
spec: {host: podinfo, subsets: [{name: ga, labels: {release: ga}}, {name: canary, labels: {release: canary}}]}
`,
  "cluster/route.yaml": `apiVersion: ${istio}
kind: VirtualService
metadata: {name: podinfo, namespace: NS}
spec:
  hosts: [podinfo]
  http:
    - route:
        - destination: {host: podinfo, subset: ga}
          weight: 100 # stable
        - destination: {host: podinfo, subset: canary}
          weight: 0
`,
  "cluster/steer.yaml": `apiVersion: ${serin}
kind: Canary
metadata: {name: podinfo, namespace: NS}
spec:
  stable: {deployment: podinfo-ga, subset: ga}
  canary: {deployment: podinfo-canary, subset: canary}
  steps: [10, 50, 100]
  analysis:
    {interval: 400ms, warmup: 200ms, lag: 100ms, drain: 200ms, passes: 2, failures: 2, minimumSamples: 3}
`,
}

/** A canary with its cluster, config repo and traffic; pods are those of a kubelet that is always quick. */
export class CanaryWorld {
  readonly world: AgentWorld
  readonly observed: ObservedTraffic
  canaries: Canaries
  /** Share that proxies keep to, in percent, whatever the weight says; undefined: they follow it. */
  proxiesAt: number | undefined
  /** Deployments whose pods do not become ready. */
  readonly stuck = new Set<string>()
  readonly #live: { weight: number; share: number }
  readonly #registry: RegistryClient
  #book: ImageBook
  readonly #kubelet: NodeJS.Timeout

  private constructor(world: AgentWorld, observed: ObservedTraffic, live: { weight: number; share: number }) {
    this.world = world
    this.observed = observed
    this.#live = live
    // Digests are not what is tested here: a registry that is away leaves them out.
    const mirrors = () => ({ "docker.io": { endpoint: ["http://127.0.0.1:9"] } })
    this.#registry = new RegistryClient({ clock: world.core.parts.clock, outbound: world.core.parts.outbound, mirrors })
    const made = this.#start()
    this.canaries = made.canaries
    this.#book = made.book
    this.#kubelet = setInterval(() => void this.#runPods(), 50)
  }

  static async start(cluster: Cluster, files: Readonly<Record<string, string>> = {}): Promise<CanaryWorld> {
    for (const crd of [canaryCrd, deliveryCrd]) unwrap(await cluster.kube.apply(crd as unknown as Any))
    const live = { weight: 0, share: 0 }
    const observed = await startObservedTraffic((workload) =>
      workload === "podinfo-canary" ? live.share / 100 : 1 - live.share / 100,
    )
    const spec = { pushesPerMinute: 600 }
    const world = await AgentWorld.start(cluster, { ...canaryFiles, ...files }, spec)
    return new CanaryWorld(world, observed, live)
  }

  /** Another agent in place of this one. */
  async restart(at?: (boundary: string) => void | Promise<void>): Promise<void> {
    this.world.core = this.world.start(at)
    const made = this.#start()
    this.canaries = made.canaries
    this.#book = made.book
  }

  async release(version: string): Promise<void> {
    const text = await this.world.host.show("cluster/canary.yaml")
    await this.world.push(`podinfo ${version}`, {
      "cluster/canary.yaml": `${text.replace(/podinfo:\d+\.\d+\.\d+/, `podinfo:${version}`)}\n`,
    })
  }

  /** The canary's weight in the API. */
  get weight(): number {
    return this.#live.weight
  }

  async liveRoute(): Promise<Any | undefined> {
    return this.world.get("VirtualService", "podinfo", istio)
  }

  /** `kind weight` of Serin's commits, oldest first. */
  async commits(): Promise<string[]> {
    const format =
      "%(trailers:key=Serin-Kind,valueonly,separator=%x2C) %(trailers:key=Serin-Weight,valueonly,separator=%x2C)"
    const log = await this.world.host.git(["log", "--reverse", `--format=${format}`, "main"], this.world.host.bare)
    return log.split("\n").filter((line) => line.trim() !== "")
  }

  async delivery(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const text = await this.world.host.show("cluster/podinfo.delivery.yaml").catch(() => "")
    return parseYaml(text)[0]?.toJS() as Readonly<Record<string, unknown>> | undefined
  }

  async phase(): Promise<unknown> {
    return valueAt(await this.delivery(), ["spec", "phase"])
  }

  get message(): string {
    return this.canaries.states().find(({ namespace }) => namespace === this.world.namespace)?.message ?? ""
  }

  async until(what: string, holds: () => Promise<boolean> | boolean, seconds = 120): Promise<void> {
    const deadline = Date.now() + seconds * 1000
    while (!(await holds())) {
      if (Date.now() > deadline)
        throw new Error(`${what} never came; ${this.message}\n${this.world.log.slice(-5).join("\n")}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#kubelet)
    await this.canaries.close()
    await this.#book.close()
    await this.world.close()
    await this.observed.close()
  }

  #start(): { canaries: Canaries; book: ImageBook } {
    const { parts } = this.world.core
    const { repositories, events, clock, random, log } = parts
    const kubeFor = repositories.kubeFor.bind(repositories)
    const book = new ImageBook({ registry: this.#registry, kubeFor, events, clock, random, log })
    return {
      book,
      canaries: startCanaries(parts, {
        prometheus: createPrometheusClient(() => this.observed.url, parts.outbound),
        book,
      }),
    }
  }

  /** Pods follow their Deployments at once, and traffic the weights. */
  async #runPods(): Promise<void> {
    const { kube } = this.world.cluster
    const route = readRoute(await this.liveRoute(), { stable: "ga", canary: "canary" })
    if (route.ok) this.#live.weight = canaryPercent(route.route)
    this.#live.share = this.proxiesAt ?? this.#live.weight
    for (const name of ["podinfo-ga", "podinfo-canary"]) {
      const found = await this.world.get("Deployment", name, apps)
      if (found === undefined) continue
      const replicas = Number(valueAt(found, ["spec", "replicas"]))
      const ready = this.stuck.has(name) ? 0 : replicas
      const status = {
        observedGeneration: found.metadata.generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: ready,
        availableReplicas: ready,
      }
      const same = Object.entries(status).every(([field, value]) => valueAt(found, ["status", field]) === value)
      if (!same)
        await kube.patch(this.world.ref("Deployment", name, apps), "merge", { status }, { subresource: "status" })
    }
  }
}
