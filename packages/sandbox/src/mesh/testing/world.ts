import { once } from "node:events"
import http from "node:http"
import net, { type AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import type { EndpointSlice, Pod, Service, ServicePort } from "../../kube/types.gen.ts"
import type { DestinationRule, Gateway, VirtualService } from "../control/istio.ts"
import { translate, type Translation } from "../control/translate.ts"
import { injectSidecar } from "../injection/inject.ts"
import type { PodIdentity } from "../mesh.ts"
import { createDataPlane, type DataPlaneOptions, type MeshPlane } from "../plane/data-plane.ts"

/** An answer as a client saw it. */
export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Call {
  readonly method?: string
  readonly path?: string
  /** `host` in it is the Host header; by default where the connection goes. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent?: http.Agent
}

export interface TestPod extends PodIdentity {
  readonly server: http.Server | net.Server | undefined
}

type App = http.RequestListener | net.Server

/**
 * A small cluster for tests of the data plane: pods are servers on loopback, the API's objects are plain values, and
 * what control plane and network do in the embedded world is done by `apply` and `dial`.
 */
export class TestWorld {
  readonly plane: MeshPlane
  readonly services: Service[] = []
  readonly virtualServices: VirtualService[] = []
  readonly destinationRules: DestinationRule[] = []
  readonly gateways: Gateway[] = []
  servicePorts: ReadonlySet<number> = new Set()
  /** Connections opened to pods, as `ip:port`. */
  readonly dials: string[] = []

  readonly #pods = new Map<string, { readonly pod: Pod; ready: boolean }>()
  readonly #ports = new Map<string, number>()
  readonly #closers: (() => void)[] = []
  #count = 0

  constructor(options: Partial<DataPlaneOptions> = {}) {
    const network = {
      dial: (ip: string, port: number) => this.#dial(ip, port),
      setServicePorts: (ports: ReadonlySet<number>) => (this.servicePorts = ports),
    }
    this.plane = createDataPlane(network, { log: () => undefined, seed: 1, ...options })
  }

  addService(
    name: string,
    ports: readonly ServicePort[],
    more: Partial<Service["spec"]> = {},
    namespace = "test",
  ): void {
    const clusterIP = `10.96.0.${this.services.length + 1}`
    const spec = { selector: { app: name }, clusterIP, clusterIPs: [clusterIP], ports: [...ports], ...more }
    this.services.push({ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec })
  }

  /** A pod that is ready; its app listens on loopback for port `port` of the pod. Without an app it only sends. */
  async addPod(
    name: string,
    labels: Readonly<Record<string, string>>,
    options: { app?: App; port?: number; injected?: boolean; namespace?: string; up?: boolean } = {},
  ): Promise<TestPod> {
    const { app, port = 9898, injected = true, namespace = "test", up = true } = options
    const ip = `10.244.0.${++this.#count}`
    const plain: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, uid: `uid-${name}`, labels: { ...labels } },
      spec: { containers: [{ name: "app" }] },
      status: { phase: "Running", podIP: ip },
    }
    const pod = injected ? injectSidecar(plain) : plain
    this.#pods.set(name, { pod, ready: true })
    const server = typeof app === "function" ? http.createServer(app) : app
    if (server) this.#ports.set(`${ip}:${port}`, await this.#listen(server))
    if (injected && up) this.plane.setProxy(`uid-${name}`, true)
    return { uid: `uid-${name}`, name, namespace, ip, server }
  }

  setReady(name: string, ready: boolean): void {
    const entry = this.#pods.get(name)
    if (!entry) throw new Error(`no pod ${name}`)
    entry.ready = ready
  }

  removePod(name: string): void {
    this.#pods.delete(name)
  }

  route(spec: VirtualService["spec"], name = "route", namespace = "test"): void {
    const object = { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name, namespace } }
    const at = this.virtualServices.findIndex(({ metadata }) => metadata.name === name)
    const vs: VirtualService = spec === undefined ? object : { ...object, spec }
    if (at < 0) this.virtualServices.push(vs)
    else this.virtualServices[at] = vs
  }

  rule(spec: NonNullable<DestinationRule["spec"]>, name = "rule"): void {
    const metadata = { name, namespace: "test" }
    this.destinationRules.push({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata, spec })
  }

  gateway(spec: NonNullable<Gateway["spec"]>, name = "gateway"): void {
    const metadata = { name, namespace: "test" }
    this.gateways.push({ apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata, spec })
  }

  /** Makes the data plane know the objects as they are now. */
  apply(): Translation {
    const translation = translate({
      services: this.services,
      endpointSlices: this.services.map((service) => this.#slice(service)),
      pods: [...this.#pods.values()].map(({ pod }) => pod),
      virtualServices: this.virtualServices,
      destinationRules: this.destinationRules,
      gateways: this.gateways,
    })
    // As it arrives over the wire.
    this.plane.configure(JSON.parse(JSON.stringify(translation.snapshot)))
    return translation
  }

  /** A request from a pod; `to` is `host:port` as its program says it. */
  async call(from: PodIdentity, to: string, call: Call = {}): Promise<Answer> {
    const port = await this.entrance((socket) => this.plane.outbound(socket, from, parse(to)))
    return request(port, to, call)
  }

  async callIngress(host: string, call: Call = {}): Promise<Answer> {
    return request(await this.entrance((socket) => this.plane.ingress(socket)), host, call)
  }

  /** A loopback port of which every connection goes to `accept`. */
  async entrance(accept: (socket: net.Socket) => void): Promise<number> {
    return this.#listen(net.createServer(accept))
  }

  /** An entrance for connections of one pod to one place, so that a client can keep them. */
  pathFrom(from: PodIdentity, to: string): Promise<number> {
    return this.entrance((socket) => this.plane.outbound(socket, from, parse(to)))
  }

  async close(): Promise<void> {
    await this.plane.close()
    for (const close of this.#closers) close()
  }

  async #dial(ip: string, port: number): Promise<Duplex> {
    this.dials.push(`${ip}:${port}`)
    const local = this.#ports.get(`${ip}:${port}`)
    // Nothing listens there: port 1 of loopback refuses as the pod would.
    const socket = net.connect(local ?? 1, "127.0.0.1")
    await once(socket, "connect")
    return socket
  }

  async #listen(server: net.Server | http.Server): Promise<number> {
    const sockets = new Set<net.Socket>()
    server.on("connection", (socket: net.Socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy())
    })
    this.#closers.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return (server.address() as AddressInfo).port
  }

  #slice(service: Service): EndpointSlice {
    const { name = "", namespace = "" } = service.metadata
    const selector = Object.entries(service.spec?.selector ?? {})
    const chosen = [...this.#pods.values()].filter(
      ({ pod }) =>
        pod.metadata.namespace === namespace &&
        selector.every(([label, value]) => pod.metadata.labels?.[label] === value),
    )
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      addressType: "IPv4",
      metadata: { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } },
      ports: (service.spec?.ports ?? []).map((port) => ({
        name: port.name ?? "",
        port: typeof port.targetPort === "number" ? port.targetPort : port.port,
      })),
      endpoints: chosen.map(({ pod, ready }) => ({
        addresses: [pod.status?.podIP ?? ""],
        conditions: { ready },
        targetRef: { kind: "Pod", uid: pod.metadata.uid ?? "" },
      })),
    }
  }
}

function parse(to: string): { host: string; port: number } {
  const [host = "", port = "80"] = to.split(":")
  return { host, port: Number(port) }
}

export function request(port: number, host: string, call: Call): Promise<Answer> {
  const { method = "GET", path = "/", headers = {}, body, agent } = call
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method, path, headers: { host, ...headers }, agent: agent ?? false }
    const outgoing = http.request(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject)
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString() })
      })
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })
}

/** An app that answers every request with its name. */
export function answering(name: string): http.RequestListener {
  return (_request, response) => response.end(name)
}

/** Waits until `holds`, at most 5 s. */
export async function until(holds: () => boolean): Promise<void> {
  const limit = performance.now() + 5000
  while (!holds()) {
    if (performance.now() > limit) throw new Error("the condition did not hold within 5 s")
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The value of a series whose labels contain all of `labels`, summed; 0 when there is none. */
export function metric(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  let sum = 0
  for (const line of text.split("\n")) {
    const inner = /^(\w+)\{(.*)\} (\S+)$/.exec(line)
    if (inner?.[1] !== name) continue
    const parts = (inner[2] ?? "").split(",")
    if (wanted.every((part) => parts.includes(part))) sum += Number(inner[3])
  }
  return sum
}
