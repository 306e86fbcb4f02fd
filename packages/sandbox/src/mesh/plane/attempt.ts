import type { Duplex } from "node:stream"
import type { ClientConnection, Framing, ResponseHandler, ResponseHead } from "../../http1/index.ts"
import type { ObservedRequest } from "../telemetry/stats.ts"
import type { Cluster } from "./cluster.ts"
import type { Endpoint } from "./endpoint.ts"
import { observeOutcome } from "./outlier.ts"
import type { Proxy, PlaneServices } from "./proxy.ts"
import type { RequestBuffer } from "./request-buffer.ts"
import type { AttemptFailure } from "./retry.ts"

/** What an attempt reports to its exchange. */
export interface AttemptOwner {
  /** The body so far; the attempt sends it when it is connected, later bytes come through `write`. */
  readonly request: RequestBuffer
  readonly protocol: "http" | "grpc"
  /** Size of the request's head. */
  readonly headBytes: number
  interim(head: ResponseHead): void
  answered(attempt: Attempt, head: ResponseHead, framing: Framing): void
  content(bytes: Buffer): void
  completed(attempt: Attempt): void
  /** `begun`: parts of an answer had arrived. */
  failed(attempt: Attempt, failure: AttemptFailure, error: Error, begun: boolean): void
  switched(attempt: Attempt, head: ResponseHead, socket: Duplex, rest: Buffer): void
  flushed(): void
  /** The application takes more of the request's body. */
  writable(): void
}

/** One try to get a request answered by one endpoint. */
export class Attempt implements ResponseHandler {
  /** The connection had carried requests before, so the application may have closed it just before this one. */
  reused = false
  status = 0
  grpcStatus = ""

  readonly #owner: AttemptOwner
  readonly #services: PlaneServices
  readonly #proxy: Proxy
  readonly #startedAt: number
  #connection: ClientConnection | undefined
  #over = false
  #responseBytes = 0
  #method = ""

  constructor(
    owner: AttemptOwner,
    services: PlaneServices,
    proxy: Proxy,
    readonly cluster: Cluster,
    readonly endpoint: Endpoint,
  ) {
    this.#owner = owner
    this.#services = services
    this.#proxy = proxy
    this.#startedAt = services.now()
    endpoint.active++
    endpoint.pod?.enter()
  }

  /** Milliseconds since the attempt began. */
  get elapsed(): number {
    return this.#services.now() - this.#startedAt
  }

  /** `fresh`: not over a connection that was used before. */
  start(method: string, head: string, fresh: boolean): void {
    this.#method = method
    const idle = fresh ? undefined : this.endpoint.takeIdle()
    if (idle) {
      this.reused = true
      this.#send(idle, head)
      return
    }
    this.endpoint.connect(this.cluster.config.connectTimeoutMs).then(
      (connection) => {
        if (this.#over) this.endpoint.release(connection)
        else this.#send(connection, head)
      },
      (error: unknown) => this.#fail("connect", error instanceof Error ? error : new Error(String(error)), false),
    )
  }

  /** Whether the head has been sent. */
  get sending(): boolean {
    return this.#connection !== undefined
  }

  write(bytes: Buffer): boolean {
    return this.#connection?.write(bytes) ?? true
  }

  pause(): void {
    this.#connection?.pause()
  }

  resume(): void {
    this.#connection?.resume()
  }

  /** Gives up: nothing more is reported, the connection is closed. */
  abandon(why: "client-gone" | "timeout" | "answer-refused"): void {
    if (this.#over) return
    this.#connection?.destroy()
    if (why !== "client-gone") this.#observe()
    this.#settle(this.status === 0 ? "DC" : "-")
  }

  /** Ends an attempt whose connection went on as a tunnel. */
  tunnelClosed(responseBytes: number): void {
    this.#responseBytes += responseBytes
    this.#settle("-")
  }

  informational(head: ResponseHead): void {
    this.#owner.interim(head)
  }

  head(head: ResponseHead, framing: Framing): void {
    this.status = head.status
    this.grpcStatus = head.fields.get("grpc-status") ?? ""
    this.#responseBytes += head.fields.size
    this.#owner.answered(this, head, framing)
  }

  body(bytes: Buffer): void {
    this.#responseBytes += bytes.length
    this.#owner.content(bytes)
  }

  end(reusable: boolean): void {
    const connection = this.#connection
    if (connection && reusable) {
      // Before the request is complete the application would take the rest of its body for the next request.
      if (this.#owner.request.complete) this.endpoint.release(connection)
      else connection.destroy()
    }
    this.#observe()
    this.#settle("-")
    this.#owner.completed(this)
  }

  upgraded(head: ResponseHead, socket: Duplex, rest: Buffer): void {
    this.status = head.status
    this.#owner.switched(this, head, socket, rest)
  }

  batchEnd(): void {
    this.#owner.flushed()
  }

  drain(): void {
    this.#owner.writable()
  }

  /** The connection broke. An answer that had begun cannot be completed any more; `status` tells. */
  failed(error: Error, begun: boolean): void {
    this.#fail("reset", error, begun)
  }

  #send(connection: ClientConnection, head: string): void {
    this.#connection = connection
    const { request } = this.#owner
    const { chunks } = request
    if (chunks.length === 0) connection.send(this.#method, head, this)
    else {
      connection.send(this.#method, Buffer.concat([Buffer.from(head, "latin1"), ...chunks]), this)
      request.forgetIfFull()
    }
    this.#owner.writable()
  }

  #fail(failure: AttemptFailure, error: Error, begun: boolean): void {
    if (this.#over) return
    if (this.status === 0) this.status = 503
    this.#observe()
    this.#settle(failure === "connect" ? "UF" : "UC")
    this.#owner.failed(this, failure, error, begun)
  }

  #settle(flags: string): void {
    if (this.#over) return
    this.#over = true
    this.endpoint.active--
    this.#report(flags)
    this.endpoint.pod?.leave()
  }

  #observe(): void {
    const failed = this.status === 0 || this.status >= 500
    observeOutcome(this.cluster, this.endpoint, failed, this.#services.now())
  }

  /** What the receiving pod's sidecar reports. Of an attempt that was given up it saw no answer: code 0. */
  #report(flags: string): void {
    const { pod } = this.endpoint
    if (!pod?.injected || !pod.up) return
    const observed: ObservedRequest = {
      protocol: this.#owner.protocol,
      code: this.status,
      flags,
      grpcStatus: this.grpcStatus,
      durationMs: this.elapsed,
      requestBytes: this.#owner.headBytes + this.#owner.request.bytes,
      responseBytes: this.#responseBytes,
    }
    const { service } = this.cluster
    const source = this.#proxy.workload
    pod.stats.request({ reporter: "destination", source, destination: pod.workload, service }, observed)
  }
}
