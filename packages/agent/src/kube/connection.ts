import { Agent, type Dispatcher } from "undici"
import { throughProxy } from "../outbound/index.ts"
import type { Access, Credentials } from "./credentials.ts"
import { failureOf, KubeFailure, unreachable, type KubeResult } from "./failure.ts"

export type Headers = Readonly<Record<string, string | string[]>>

export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** With the query. */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly headers?: Headers
}

export interface ConnectionOptions {
  readonly timeoutMs?: number
  /** Asked right before each request that changes something; false: it is not sent, and fails with NOT_LEADING. */
  readonly mayWrite?: () => boolean
}

/** One API server: its connections, who we are to it, and how its failures read. */
export class Connection {
  readonly server: string
  readonly #credentials: Credentials
  readonly #timeoutMs: number
  readonly #mayWrite: () => boolean
  #agent: { readonly tls: string; readonly dispatcher: Dispatcher } | undefined
  #retired: Promise<void>[] = []

  constructor(credentials: Credentials, options: ConnectionOptions = {}) {
    this.server = credentials.server
    this.#credentials = credentials
    this.#timeoutMs = options.timeoutMs ?? 30_000
    this.#mayWrite = options.mayWrite ?? (() => true)
  }

  /** The parsed answer. */
  async json<T>(call: Call): Promise<KubeResult<T>> {
    const response = await this.#request(call, { bodyTimeout: this.#timeoutMs })
    if (!response.ok) return response
    try {
      return { ok: true, value: (await response.value.body.json()) as T }
    } catch (error) {
      return { ok: false, error: this.#unreachable(error) }
    }
  }

  /** The answer's bytes as they come, for watches and logs; ends without limit other than the signal. */
  async stream(call: Call, signal: AbortSignal): Promise<KubeResult<AsyncIterable<Buffer>>> {
    const response = await this.#request(call, { bodyTimeout: 0, signal })
    return response.ok ? { ok: true, value: response.value.body } : response
  }

  async close(): Promise<void> {
    const agent = this.#agent
    this.#agent = undefined
    await Promise.all([agent?.dispatcher.destroy(), ...this.#retired])
  }

  async #request(
    call: Call,
    limits: { readonly bodyTimeout: number; readonly signal?: AbortSignal },
  ): Promise<KubeResult<Dispatcher.ResponseData>> {
    try {
      const access = await this.#credentials.access()
      let response = await this.#send(call, access, limits)
      if (response.ok && response.value.statusCode === 401) {
        // A token that ran out or was revoked: nothing was done with the request, so that it can be sent again as another.
        const renewed = await this.#credentials.access(access)
        if (JSON.stringify(renewed) !== JSON.stringify(access)) {
          await response.value.body.dump()
          response = await this.#send(call, renewed, limits)
        }
      }
      return response.ok ? await judged(response.value) : response
    } catch (error) {
      return { ok: false, error: error instanceof KubeFailure ? error : this.#unreachable(error) }
    }
  }

  async #send(
    call: Call,
    access: Access,
    limits: { readonly bodyTimeout: number; readonly signal?: AbortSignal },
  ): Promise<KubeResult<Dispatcher.ResponseData>> {
    if (call.method !== "GET" && !this.#mayWrite()) return { ok: false, error: notLeading() }
    const base = new URL(this.server)
    const value = await this.#dispatcher(access).request({
      origin: base.origin,
      path: `${base.pathname.replace(/\/$/, "")}${call.path}`,
      method: call.method,
      headers: {
        accept: call.accept ?? "application/json",
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
        ...access.headers,
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      headersTimeout: this.#timeoutMs,
      ...limits,
    })
    return { ok: true, value }
  }

  #unreachable(error: unknown): KubeFailure {
    return unreachable(this.server, error, this.#credentials.proxy)
  }

  /** Connections belong to one set of TLS material; when a client certificate was renewed, new ones are made. */
  #dispatcher({ tls }: Access): Dispatcher {
    const identity = JSON.stringify(tls)
    if (this.#agent?.tls === identity) return this.#agent.dispatcher
    // Watches on the old connections end by themselves at their time limit; `close` waits for requests, not for ever.
    if (this.#agent) this.#retired.push(this.#agent.dispatcher.close())
    const { proxy } = this.#credentials
    const connect = { ...tls, timeout: connectMs }
    // Each watch holds a connection; requests must not wait behind them.
    const dispatcher = proxy
      ? throughProxy(proxy, { connect, toProxy: { timeout: connectMs } })
      : new Agent({ connect, connections: null, pipelining: 1 })
    this.#agent = { tls: identity, dispatcher }
    return dispatcher
  }
}

const connectMs = 10_000

async function judged(response: Dispatcher.ResponseData): Promise<KubeResult<Dispatcher.ResponseData>> {
  if (response.statusCode < 300) return { ok: true, value: response }
  const retryAfter = response.headers["retry-after"]
  const text = await response.body.text()
  const after = typeof retryAfter === "string" ? retryAfter : undefined
  return { ok: false, error: failureOf(response.statusCode, parsed(text), after) }
}

const notLeading = (): KubeFailure =>
  new KubeFailure("NOT_LEADING", "not sent to the Kubernetes API: this replica does not lead any more")

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy's page rather than the API's Status: the HTTP status says it all.
    return undefined
  }
}
