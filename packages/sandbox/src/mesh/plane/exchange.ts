import type { Duplex } from "node:stream"
import { Fields, type Framing, type RequestHead, type ResponseHead } from "../../http1/index.ts"
import { unknownService } from "../telemetry/labels.ts"
import type { Attempt } from "./attempt.ts"
import type { Cluster } from "./cluster.ts"
import { judgeOrigin } from "./cors.ts"
import { Delivery, type DeliveryClient } from "./delivery.ts"
import { admitFromOutside } from "./edge.ts"
import { applyChanges } from "./headers.ts"
import { localReplyFields } from "./local-reply.ts"
import { sendMirror } from "./mirror.ts"
import type { PlaneServices, Proxy, Routed } from "./proxy.ts"
import { RequestBuffer } from "./request-buffer.ts"
import { encodeChunk, lastChunk, prepareResponse, upgradeFields } from "./response.ts"
import { redirectLocation, splitTarget, type Target } from "./rewrite.ts"
import type { RequestHandler, ServerConnection } from "./server-connection.ts"
import { tunnel } from "./tunnel.ts"
import { prepareRequest, requestedUpgrade } from "./upstream-request.ts"
import { happens, pickWeighted } from "./weights.ts"
import type { HeaderOperations, WeightedCluster } from "../snapshot.ts"

type Forwarded = Exclude<Routed, { kind: "answer" }>

/** One request through a proxy, from its head to the report. */
export class Exchange implements RequestHandler, DeliveryClient {
  readonly #services: PlaneServices
  readonly #proxy: Proxy
  readonly #connection: ServerConnection
  readonly #head: RequestHead
  readonly #target: Target
  readonly #request = new RequestBuffer()
  readonly #protocol: "http" | "grpc"
  readonly #startedAt: number
  readonly #upgrade: "websocket" | undefined
  #requestBytes = 0
  #responseBytes = 0
  #flags: string[] = []
  #status = 0
  #grpcStatus = ""
  #routed: Routed | undefined
  #destination: WeightedCluster | undefined
  #cluster: Cluster | undefined
  #delivery: Delivery | undefined
  #delay: NodeJS.Timeout | undefined
  /** What the answer says to a page of another origin. */
  #corsFields: Fields | undefined
  #chunked = false
  #over = false

  constructor(services: PlaneServices, proxy: Proxy, connection: ServerConnection, head: RequestHead) {
    this.#services = services
    this.#proxy = proxy
    this.#connection = connection
    this.#head = head
    this.#target = splitTarget(head.target)
    if (this.#target.authority !== undefined) head.fields.set("host", this.#target.authority)
    this.#startedAt = services.now()
    this.#upgrade = requestedUpgrade(head)
    this.#protocol = head.fields.get("content-type")?.startsWith("application/grpc") ? "grpc" : "http"
    this.#requestBytes = head.fields.size + head.method.length + head.target.length
    proxy.pod?.enter()
  }

  start(): void {
    const { path, search } = this.#target
    if (!this.#head.fields.has("host")) {
      this.#connection.closeAfterwards()
      this.#reply(400, "", "-")
      return
    }
    const { kind, remoteAddress = "unknown", labels: sourceLabels, namespace: sourceNamespace } = this.#proxy
    if (kind === "gateway") admitFromOutside(this.#head.fields, remoteAddress)
    const query = search.slice(1)
    const routed = this.#proxy.route({ head: this.#head, path, query, sourceLabels, sourceNamespace })
    this.#routed = routed
    if (!routed) this.#reply(404, "", "NR")
    else this.#inject(routed)
  }

  body(bytes: Buffer): boolean {
    this.#request.add(bytes)
    return this.#delivery ? this.#delivery.body(bytes) : !this.#request.full
  }

  bodyEnd(): void {
    this.#request.complete = true
    this.#mirror()
    this.#delivery?.bodyEnd()
  }

  aborted(): void {
    clearTimeout(this.#delay)
    this.#delivery?.abandon()
    this.#finish("DC")
  }

  drain(): void {
    this.#delivery?.resume()
  }

  interim(head: ResponseHead): void {
    this.#connection.writeInterim(head.status, head.fields)
  }

  respond(head: ResponseHead, framing: Framing, upstreamMs: number, flags: string): void {
    if (flags !== "") this.#flags.push(flags)
    this.#chunked = framing.kind === "close"
    this.#grpcStatus = head.fields.get("grpc-status") ?? ""
    const fields = prepareResponse(head, framing, this.#proxy.server, upstreamMs, this.#operations())
    if (this.#corsFields) fields.setAll(this.#corsFields)
    this.#writeHead(head.status, fields)
  }

  content(bytes: Buffer): void {
    this.#responseBytes += bytes.length
    if (!this.#connection.write(this.#chunked ? encodeChunk(bytes) : bytes)) this.#delivery?.pause()
  }

  complete(): void {
    if (this.#chunked) this.#connection.write(lastChunk)
    this.#finish()
    this.#connection.finish()
  }

  giveUp(status: number, body: string, flags: string): void {
    this.#reply(status, body, flags)
  }

  broken(flags: string): void {
    this.#finish(flags)
    this.#connection.abort()
  }

  switched(attempt: Attempt, head: ResponseHead, socket: Duplex, rest: Buffer): void {
    if (!this.#upgrade) {
      socket.destroy()
      this.#reply(502, "upstream connect error or disconnect/reset before headers. reset reason: protocol error", "UPE")
      return
    }
    this.#writeHead(101, upgradeFields(head, this.#upgrade, this.#proxy.server))
    const early = this.#connection.release()
    const client = this.#connection.socket
    let back = rest.length
    if (rest.length > 0) client.write(rest)
    if (early.length > 0) socket.write(early)
    tunnel(client, socket, {
      onBytes: (direction, bytes) => {
        if (direction === "forth") this.#requestBytes += bytes
        else back += bytes
      },
      onClosed: () => {
        this.#responseBytes += back
        attempt.tunnelClosed(back)
        this.#finish()
      },
    })
  }

  flush(): void {
    this.#connection.flush()
  }

  resumeRequest(): void {
    this.#connection.resume()
  }

  #answer(routed: Extract<Routed, { kind: "answer" }>): void {
    const { action } = routed.route
    const changes = [routed.route.headers]
    if (action.kind === "direct") this.#reply(action.status, action.body, "-", this.#corsFields, changes)
    else if (action.kind === "redirect") {
      const host = this.#head.fields.get("host") ?? ""
      const location = redirectLocation(action, this.#target, host, routed.prefixLength)
      const fields = this.#corsFields?.copy() ?? new Fields([])
      fields.append("location", location)
      this.#reply(action.status, "", "-", fields, changes)
    }
  }

  /** Faults come before anything else that a route does, delay before abort. */
  #inject(routed: Routed): void {
    if (routed.kind !== "answer") this.#choose(routed)
    const fault = routed.kind === "passthrough" ? undefined : routed.route?.fault
    const { random } = this.#services
    const goOn = (): void => {
      if (fault?.abort && happens(fault.abort.percent, random)) {
        this.#reply(fault.abort.status, "fault filter abort", "FI")
      } else this.#serve(routed)
    }
    if (fault?.delay && happens(fault.delay.percent, random)) {
      this.#flags.push("DI")
      this.#delay = setTimeout(goOn, fault.delay.ms)
    } else goOn()
  }

  /** Browsers' questions about other origins come before what the route does. */
  #serve(routed: Routed): void {
    const policy = routed.kind === "passthrough" ? undefined : routed.route?.cors
    const verdict = judgeOrigin(policy, this.#head)
    if (verdict.kind === "preflight") {
      this.#reply(200, "", "-", verdict.fields)
      return
    }
    if (verdict.kind === "allowed") this.#corsFields = verdict.fields
    if (routed.kind === "answer") this.#answer(routed)
    else this.#forward(routed)
  }

  #choose(routed: Forwarded): void {
    if (routed.kind === "passthrough") {
      this.#cluster = routed.cluster
      return
    }
    this.#destination = pickWeighted(routed.forward.destinations, this.#services.random)
    this.#cluster = this.#destination && this.#services.cluster(this.#destination.cluster)
  }

  #forward(routed: Forwarded): void {
    const cluster = this.#cluster
    if (!cluster) {
      this.#reply(503, "", "NC")
      return
    }
    const forward = routed.kind === "forward" ? routed.forward : undefined
    const prefixLength = routed.kind === "forward" ? routed.prefixLength : 0
    prepareRequest(this.#head, this.#target, forward, prefixLength, this.#operations())
    this.#delivery = new Delivery(this, this.#services, this.#proxy, {
      head: this.#head,
      request: this.#request,
      protocol: this.#protocol,
      cluster,
      retries: forward?.retries,
      // A tunnel has no end that could be waited for.
      timeoutMs: this.#upgrade ? undefined : forward?.timeoutMs,
    })
    this.#mirror()
    this.#delivery.start()
  }

  /** Once the request is complete and on its way, whichever comes last. */
  #mirror(): void {
    const routed = this.#routed
    if (!this.#delivery || !this.#request.complete || !this.#request.whole || routed?.kind !== "forward") return
    for (const { cluster: name, percent } of routed.forward.mirrors) {
      const cluster = this.#services.cluster(name)
      if (!cluster || !happens(percent, this.#services.random)) continue
      sendMirror(this.#services, this.#proxy, cluster, this.#head, this.#request, this.#protocol)
    }
  }

  #operations() {
    const route = this.#routed?.kind === "forward" ? this.#routed.route : undefined
    return [route?.headers, this.#destination?.headers]
  }

  #reply(
    status: number,
    body: string,
    flags: string,
    extra = this.#corsFields,
    changes: readonly (HeaderOperations | undefined)[] = [],
  ): void {
    if (flags !== "-") this.#flags.push(flags)
    const fields = localReplyFields(body, this.#proxy.server, this.#head.method)
    if (extra) fields.appendAll(extra)
    for (const operation of changes) applyChanges(fields, operation?.response)
    fields.set("server", this.#proxy.server)
    this.#writeHead(status, fields)
    if (body !== "" && this.#head.method !== "HEAD") {
      const bytes = Buffer.from(body)
      this.#responseBytes += bytes.length
      this.#connection.write(bytes)
    }
    this.#finish()
    this.#connection.finish()
  }

  #writeHead(status: number, fields: Fields): void {
    this.#status = status
    this.#responseBytes += fields.size
    this.#connection.writeHead(status, fields)
  }

  #finish(flag?: string): void {
    if (this.#over) return
    this.#over = true
    if (flag !== undefined) this.#flags.push(flag)
    const { stats, workload, pod } = this.#proxy
    const service = this.#cluster?.service ?? unknownService
    const destination = this.#delivery?.endpoint?.pod?.workload
    stats?.request(
      { reporter: "source", source: workload, destination, service },
      {
        protocol: this.#protocol,
        code: this.#status,
        flags: this.#flags.length === 0 ? "-" : this.#flags.join(","),
        grpcStatus: this.#grpcStatus,
        durationMs: this.#services.now() - this.#startedAt,
        requestBytes: this.#requestBytes + this.#request.bytes,
        responseBytes: this.#responseBytes,
      },
    )
    pod?.leave()
  }
}
