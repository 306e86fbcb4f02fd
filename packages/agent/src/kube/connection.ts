import { Agent, type Dispatcher } from "undici"
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
  #agent: { readonly tls: string; readonly dispatcher: Agent } | undefined
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
      return { ok: false, error: unreachable(this.server, error) }
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
      if (call.method !== "GET" && !this.#mayWrite()) return { ok: false, error: notLeading() }
      const base = new URL(this.server)
      const response = await this.#dispatcher(access).request({
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
      if (response.statusCode < 300) return { ok: true, value: response }
      const retryAfter = response.headers["retry-after"]
      const text = await response.body.text()
      const failure = failureOf(
        response.statusCode,
        parsed(text),
        typeof retryAfter === "string" ? retryAfter : undefined,
      )
      return { ok: false, error: failure }
    } catch (error) {
      return { ok: false, error: error instanceof KubeFailure ? error : unreachable(this.server, error) }
    }
  }

  /** Connections belong to one set of TLS material; when a client certificate was renewed, new ones are made. */
  #dispatcher({ tls }: Access): Agent {
    const identity = JSON.stringify(tls)
    if (this.#agent?.tls === identity) return this.#agent.dispatcher
    // Watches on the old connections end by themselves at their time limit; `close` waits for requests, not for ever.
    if (this.#agent) this.#retired.push(this.#agent.dispatcher.close())
    const dispatcher = new Agent({
      connect: { ...tls, timeout: 10_000 },
      // Each watch holds a connection; requests must not wait behind them.
      connections: null,
      pipelining: 1,
    })
    this.#agent = { tls: identity, dispatcher }
    return dispatcher
  }
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
