import { Agent, request as httpsRequest } from "node:https"
import type { IncomingMessage } from "node:http"

/** A Kubernetes API that cases are sent to. It is new: cases create namespaces by fixed names. */
export interface Target {
  /** `real` or `embedded`, for reports. */
  readonly name: string
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Of user `kubernetes-admin` in `system:masters`. */
  readonly token: string
  /** What works here besides the API server itself. */
  readonly features: ReadonlySet<Feature>
}

/** `controllers`: those of kube-controller-manager and the scheduler; `kubectl`: a kubectl of the judge's version. */
export type Feature = "controllers" | "kubectl"

export interface Request {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Plain HTTPS with the target's token; nothing is retried, and an answer takes at most 30 s. */
export class Http {
  readonly #agent: Agent
  constructor(private readonly target: Target) {
    this.#agent = new Agent({ keepAlive: true, ca: target.ca })
  }

  async send(request: Request): Promise<Response> {
    const response = await this.#open(request, AbortSignal.timeout(30_000))
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).toString("utf8"),
    }
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
    return new Promise((resolve, reject) => {
      const call = httpsRequest(
        `${this.target.url}${path}`,
        {
          method,
          agent: this.#agent,
          signal,
          headers: {
            authorization: `Bearer ${this.target.token}`,
            ...headers,
            ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
          },
        },
        resolve,
      )
      call.once("error", reject)
      call.end(body)
    })
  }
}
