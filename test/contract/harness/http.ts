import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import type { Readable } from "node:stream"

export interface Request {
  readonly method: string
  /** With its query; sent as it is. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is sent in chunks (Transfer-Encoding: chunked). */
  readonly body?: string | Uint8Array | Readable
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly text: string
}

export interface HttpOptions {
  /** PEM of the authority that a https server's certificate is checked by. */
  readonly ca?: string
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Plain HTTP or HTTPS to one server; nothing is retried or followed, and an answer takes at most 30 s. */
export class Http {
  readonly #agent: HttpAgent
  constructor(
    private readonly url: string,
    private readonly options: HttpOptions = {},
  ) {
    this.#agent = url.startsWith("https:")
      ? new HttpsAgent({ keepAlive: true, ...(options.ca !== undefined && { ca: options.ca }) })
      : new HttpAgent({ keepAlive: true })
  }

  async send(request: Request): Promise<Response> {
    const response = await this.#open(request, AbortSignal.timeout(30_000))
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    return { status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString("utf8") }
  }

  /** The lines of an answer as they come, until it ends or the signal aborts. */
  async stream(request: Request, signal: AbortSignal, onLine: (line: string) => void): Promise<number> {
    const response = await this.#open(request, signal)
    response.setEncoding("utf8")
    let rest = ""
    try {
      for await (const chunk of response) {
        const lines = (rest + String(chunk)).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) onLine(line)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (rest !== "") onLine(rest)
    return response.statusCode ?? 0
  }

  close(): void {
    this.#agent.destroy()
  }

  #open({ method, path, headers, body }: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const known = typeof body === "string" || body instanceof Uint8Array
    const { hostname, port } = new URL(this.url)
    const options = {
      hostname,
      port,
      path,
      method,
      agent: this.#agent,
      signal,
      headers: {
        ...this.options.headers,
        ...headers,
        ...(known && { "content-length": String(Buffer.byteLength(body)) }),
      },
    }
    return new Promise((resolve, reject) => {
      const call = this.url.startsWith("https:") ? httpsRequest(options, resolve) : httpRequest(options, resolve)
      call.once("error", reject)
      if (body === undefined || known) call.end(body)
      else body.pipe(call)
    })
  }
}
