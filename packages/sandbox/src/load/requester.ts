import type { ClientConnection, Fields, ResponseHandler } from "../http1/index.ts"
import { connect } from "./connector.ts"
import { describeFailure } from "./failure.ts"
import type { LoadOptions } from "./options.ts"
import type { Answered } from "./results.ts"

const maxRedirects = 10

/** No answer; the message is what the error distribution shows. */
export class RequestFailure extends Error {
  override readonly name = "RequestFailure"
}

interface Exchanged {
  readonly status: number
  readonly location: string | undefined
  readonly bytes: number
  readonly reusable: boolean
  readonly write: number
  readonly wait: number
  readonly read: number
}

/** The server closed a kept connection before it answered. */
class Stale extends Error {}

/** Sends the requests of one worker, one at a time, over one connection that it keeps. */
export class Requester {
  readonly #options: LoadOptions
  #kept: { readonly connection: ClientConnection; readonly origin: string } | undefined

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** One request, redirects included. Rejects with RequestFailure. */
  async send(): Promise<Answered> {
    const started = performance.now()
    const { timeoutMs, followRedirects } = this.#options
    const limit = new AbortController()
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), timeoutMs)
    let { url, method, body } = this.#options
    try {
      for (let hop = 0; ; hop++) {
        const { status, location, ...timing } = await this.#exchange(url, method, body, limit.signal)
        if (!followRedirects || status < 300 || status > 399 || location === undefined || status === 304) {
          return { ...timing, status, total: (performance.now() - started) / 1000 }
        }
        if (hop === maxRedirects) throw new RequestFailure(`stopped after ${maxRedirects} redirects`)
        url = new URL(location, url)
        if (status < 304 && method !== "HEAD") {
          method = "GET"
          body = Buffer.alloc(0)
        }
      }
    } catch (error) {
      if (error instanceof RequestFailure) throw error
      throw new RequestFailure(describeFailure(error, method, url, limit.signal.aborted), { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#kept?.connection.destroy()
    this.#kept = undefined
  }

  async #exchange(
    url: URL,
    method: string,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Omit<Exchanged, "reusable"> & { dns: number; dial: number }> {
    const kept = this.#takeKept(url)
    if (kept) {
      try {
        return { ...(await this.#over(kept, url, method, body, signal)), dns: 0, dial: 0 }
      } catch (error) {
        // A kept connection may have been closed in the meantime: the request goes out again, on a new one.
        if (!(error instanceof Stale)) throw error
      }
    }
    const { connection, dns, dial } = await connect(url, this.#options.proxy, signal)
    return { ...(await this.#over(connection, url, method, body, signal)), dns, dial }
  }

  #takeKept(url: URL): ClientConnection | undefined {
    const kept = this.#kept
    this.#kept = undefined
    if (!kept || kept.connection.closed) return undefined
    if (kept.origin === url.origin) return kept.connection
    kept.connection.destroy()
    return undefined
  }

  async #over(
    connection: ClientConnection,
    url: URL,
    method: string,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Exchanged> {
    const exchanged = await exchange(connection, method, this.#render(url, method, body), signal)
    if (exchanged.reusable && this.#options.keepAlive) this.#kept = { connection, origin: url.origin }
    else connection.destroy()
    return exchanged
  }

  #render(url: URL, method: string, body: Buffer): Buffer {
    const { headers, proxy, keepAlive } = this.#options
    const path = `${url.pathname}${url.search}`
    const lines = [
      `${method} ${proxy !== undefined && url.protocol === "http:" ? `${url.origin}${path}` : path} HTTP/1.1`,
    ]
    const stated = new Set(headers.map(([name]) => name.toLowerCase()))
    if (!stated.has("host")) lines.push(`Host: ${url.host}`)
    for (const [name, value] of headers) lines.push(`${name}: ${value}`)
    if (body.length > 0 || method === "POST" || method === "PUT") lines.push(`Content-Length: ${body.length}`)
    if (!keepAlive) lines.push("Connection: close")
    return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body])
  }
}

function exchange(
  connection: ClientConnection,
  method: string,
  request: Buffer,
  signal: AbortSignal,
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const reused = connection.served > 0
    const started = performance.now()
    let written = started
    let firstByte = started
    let status = 0
    let fields: Fields | undefined
    const onAbort = (): void => {
      connection.destroy()
      reject(new Error("aborted"))
    }
    const nothing = (): void => undefined
    const handler: ResponseHandler = {
      informational: nothing,
      head: (head) => {
        firstByte = performance.now()
        status = head.status
        fields = head.fields
      },
      body: nothing,
      end: (reusable) => {
        signal.removeEventListener("abort", onAbort)
        resolve({
          status,
          location: fields?.get("location"),
          bytes: connection.contentBytes,
          reusable,
          write: (written - started) / 1000,
          wait: (firstByte - written) / 1000,
          read: (performance.now() - firstByte) / 1000,
        })
      },
      failed: (error, begun) => {
        signal.removeEventListener("abort", onAbort)
        reject(reused && !begun ? new Stale(error.message) : error)
      },
      upgraded: (_head, socket) => {
        socket.destroy()
        reject(new Error("the server switched protocols"))
      },
      batchEnd: nothing,
      drain: nothing,
    }
    signal.addEventListener("abort", onAbort)
    connection.send(method, request, handler)
    written = performance.now()
    if (signal.aborted) onAbort()
  })
}
