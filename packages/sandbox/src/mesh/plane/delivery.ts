import type { Duplex } from "node:stream"
import { MalformedMessage, type Framing, type RequestHead, type ResponseHead } from "../../http1/index.ts"
import type { RetryPolicy } from "../snapshot.ts"
import { Attempt, type AttemptOwner } from "./attempt.ts"
import type { Cluster } from "./cluster.ts"
import type { Endpoint } from "./endpoint.ts"
import { connectErrorBody, connectFailureReason } from "./local-reply.ts"
import type { PlaneServices, Proxy } from "./proxy.ts"
import type { RequestBuffer } from "./request-buffer.ts"
import { backoffMs, isIdempotent, retriesAnswer, retriesFailure, type AttemptFailure } from "./retry.ts"
import { renderRequest } from "./upstream-request.ts"

/** Where the outcome of a delivery goes. */
export interface DeliveryClient {
  interim(head: ResponseHead): void
  /** `flags`: Envoy's response flags so far, "" for none. */
  respond(head: ResponseHead, framing: Framing, upstreamMs: number, flags: string): void
  content(bytes: Buffer): void
  complete(): void
  switched(attempt: Attempt, head: ResponseHead, socket: Duplex, rest: Buffer): void
  /** There is no answer to pass on. */
  giveUp(status: number, body: string, flags: string): void
  /** An answer that was being passed on broke off. */
  broken(flags: string): void
  flush(): void
  resumeRequest(): void
}

export interface DeliveryOptions {
  readonly head: RequestHead
  readonly request: RequestBuffer
  readonly protocol: "http" | "grpc"
  readonly cluster: Cluster
  readonly retries: RetryPolicy | undefined
  /** For everything, from the complete request to the complete answer. */
  readonly timeoutMs: number | undefined
}

/** Brings one request to an endpoint of a cluster, trying again where the policy says so. */
export class Delivery implements AttemptOwner {
  /** The endpoint tried last. */
  endpoint: Endpoint | undefined
  readonly request: RequestBuffer
  readonly protocol: "http" | "grpc"
  readonly headBytes: number

  readonly #client: DeliveryClient
  readonly #services: PlaneServices
  readonly #proxy: Proxy
  readonly #options: DeliveryOptions
  readonly #tried = new Set<Endpoint>()
  #attempt: Attempt | undefined
  #attempts = 0
  #retries = 0
  #resentFreely = false
  #responding = false
  #timer: NodeJS.Timeout | undefined
  #tryTimer: NodeJS.Timeout | undefined

  constructor(client: DeliveryClient, services: PlaneServices, proxy: Proxy, options: DeliveryOptions) {
    this.#client = client
    this.#services = services
    this.#proxy = proxy
    this.#options = options
    this.request = options.request
    this.protocol = options.protocol
    this.headBytes = options.head.fields.size
  }

  start(): void {
    if (this.request.complete) this.#startTimer()
    this.#try(false)
  }

  /** More of the request's body, already in the buffer. False: wait for `resumeRequest`. */
  body(bytes: Buffer): boolean {
    const sent = this.#attempt?.sending ?? false
    const more = sent ? (this.#attempt?.write(bytes) ?? true) : !this.request.full
    if (sent) this.request.forgetIfFull()
    return more
  }

  bodyEnd(): void {
    this.#startTimer()
  }

  pause(): void {
    this.#attempt?.pause()
  }

  resume(): void {
    this.#attempt?.resume()
  }

  /** The client went away. */
  abandon(): void {
    this.#stopTimers()
    this.#attempt?.abandon("client-gone")
  }

  interim(head: ResponseHead): void {
    this.#client.interim(head)
  }

  answered(attempt: Attempt, head: ResponseHead, framing: Framing): void {
    clearTimeout(this.#tryTimer)
    const { retries } = this.#options
    let flags = ""
    if (retries && retriesAnswer(retries, head.status, head.fields.get("grpc-status"))) {
      if (this.#mayRetry(retries)) {
        attempt.abandon("answer-refused")
        this.#retryLater(retries)
        return
      }
      flags = "URX"
    }
    this.#responding = true
    this.#client.respond(head, framing, attempt.elapsed, flags)
  }

  content(bytes: Buffer): void {
    this.#client.content(bytes)
  }

  completed(): void {
    this.#stopTimers()
    this.#client.complete()
  }

  switched(attempt: Attempt, head: ResponseHead, socket: Duplex, rest: Buffer): void {
    this.#stopTimers()
    this.#client.switched(attempt, head, socket, rest)
  }

  flushed(): void {
    this.#client.flush()
  }

  writable(): void {
    this.#client.resumeRequest()
  }

  failed(attempt: Attempt, failure: AttemptFailure, error: Error, begun: boolean): void {
    clearTimeout(this.#tryTimer)
    if (this.#responding) {
      this.#stopTimers()
      this.#client.broken("UC")
      return
    }
    if (error instanceof MalformedMessage) {
      this.#giveUp(502, connectErrorBody("protocol error", this.#retries > 0), "UPE", failure)
      return
    }
    if (failure === "reset" && !begun && attempt.reused && this.#mayResend()) {
      this.#resentFreely = true
      this.#try(true)
      return
    }
    const reason = failure === "connect" ? connectFailureReason(error.message) : "connection termination"
    const flags = failure === "connect" ? "UF" : "UC"
    // A reset means that the request was not read: a listener that closes resets what it had not accepted. An
    // application that takes a request and dies ends the connection in order instead, and is not asked again.
    const unread = failure === "reset" && !begun && isReset(error) && isIdempotent(this.#options.head.method)
    this.#giveUp(503, connectErrorBody(reason, this.#retries > 0), flags, unread ? "connect" : failure)
  }

  /**
   * The application closed a connection that was idle just when the request went out, so the request was most likely
   * never read. RFC 9112 section 9.3.1 lets clients send idempotent ones again on another connection, once: that is no
   * retry of the route's policy, and pods that stop gracefully lose no request.
   */
  #mayResend(): boolean {
    return !this.#resentFreely && this.request.whole && isIdempotent(this.#options.head.method)
  }

  #mayRetry(policy: RetryPolicy): boolean {
    return this.#retries < policy.attempts && this.request.whole
  }

  #giveUp(status: number, body: string, flags: string, failure: AttemptFailure): void {
    const { retries } = this.#options
    const wanted = retries && retriesFailure(retries, failure)
    if (wanted && this.#mayRetry(retries)) {
      this.#retryLater(retries)
      return
    }
    this.#stopTimers()
    this.#client.giveUp(status, body, wanted ? `${flags},URX` : flags)
  }

  #retryLater(policy: RetryPolicy): void {
    this.#retries++
    this.#attempt = undefined
    // The overall timer ends this wait as well; both are cleared by the same calls.
    this.#tryTimer = setTimeout(() => this.#try(false), backoffMs(policy, this.#retries, this.#services.random))
  }

  #try(fresh: boolean): void {
    const { retries, head } = this.#options
    // As it is now: endpoints may have come and gone since the request began.
    const cluster = this.#services.cluster(this.#options.cluster.config.name) ?? this.#options.cluster
    const avoid = retries?.ignorePreviousHosts || fresh ? this.#tried : undefined
    const endpoint = cluster.choose(this.#services.random, this.#services.now(), avoid)
    if (!endpoint) {
      this.#stopTimers()
      this.#client.giveUp(503, "no healthy upstream", "UH")
      return
    }
    this.endpoint = endpoint
    this.#tried.add(endpoint)
    const attempt = new Attempt(this, this.#services, this.#proxy, cluster, endpoint)
    this.#attempt = attempt
    const limit = retries?.perTryTimeoutMs
    if (limit !== undefined) {
      this.#tryTimer = setTimeout(() => {
        attempt.abandon("timeout")
        this.#giveUp(504, "upstream request timeout", "UT", "per-try-timeout")
      }, limit)
    }
    attempt.start(head.method, renderRequest(head, ++this.#attempts), fresh)
  }

  #startTimer(): void {
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined || timeoutMs === 0) return
    this.#timer = setTimeout(() => {
      this.#stopTimers()
      this.#attempt?.abandon("timeout")
      if (this.#responding) this.#client.broken("UT")
      else this.#client.giveUp(504, "upstream request timeout", "UT")
    }, timeoutMs)
  }

  #stopTimers(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#tryTimer)
  }
}

function isReset(error: Error): boolean {
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE")
}
