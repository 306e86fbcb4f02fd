import { createHash } from "node:crypto"
import type { Readable } from "node:stream"
import type { CaseSession } from "../harness/case.ts"
import { Http, type Response } from "../harness/http.ts"
import type { Json } from "../harness/json.ts"
import { Transcript } from "../harness/transcript.ts"
import { Masker } from "./mask.ts"
import type { Received } from "./receiver.ts"
import type { Door, Target } from "./target.ts"

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
  readonly door?: Door
  /** What of the answer's body is compared; all of it if absent. */
  readonly show?: (body: Json) => Json
}

/** What of an answer's head a client may act on. */
const headersShown = [
  "content-type",
  "content-length",
  "docker-content-digest",
  "docker-distribution-api-version",
  "docker-upload-uuid",
  "location",
  "range",
  "content-range",
  "accept-ranges",
  "link",
  "etag",
  "allow",
  "www-authenticate",
  "oci-subject",
  "oci-filters-applied",
]
const waitMs = 15_000

export const octets = "application/octet-stream"
export const sha256 = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`

/** One run of a case against one registry, in repositories whose names begin with its own. */
export class Session implements CaseSession {
  readonly transcript = new Transcript()
  readonly #masker: Masker
  readonly #https: Readonly<Record<Door, Http>>

  constructor(
    /** A repository of the case's own; more are `${repository}/more`. */
    readonly repository: string,
    readonly target: Target,
  ) {
    this.#masker = new Masker(target)
    const { open, basic, bearer } = target.urls
    this.#https = { open: new Http(open), basic: new Http(basic), bearer: new Http(bearer) }
  }

  begin(): Promise<void> {
    return Promise.resolve()
  }

  /** `/v2/<repository>/tags/list` from `tags/list`. */
  at(rest: string, repository: string = this.repository): string {
    return `/v2/${repository}/${rest}`
  }

  /** Sends and records. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const response = await this.quiet(method, path, options)
    const shown = options.show ?? ((body: Json) => body)
    const sent = Object.entries(options.headers ?? {}).filter(([name]) => !["authorization"].includes(name))
    this.transcript.add(
      [`${method} ${this.#masker.text(path)}`, ...sent.map(([name, value]) => `${name}: ${value}`)].join("\n    "),
      [
        [String(response.status), ...this.#headers(response)].join("\n"),
        ...(method === "HEAD" || response.text === "" ? [] : [this.#masker.value(shown(parse(response.text)))]),
      ],
    )
    return response
  }

  /** Sends without recording. */
  quiet(method: string, path: string, { headers, body, door = "open" }: SendOptions = {}): Promise<Response> {
    return this.#https[door].send({
      method,
      path,
      headers: { "user-agent": "contract/1.0", ...headers },
      ...(body !== undefined && { body }),
    })
  }

  /** Waits for the next events of the case's repositories, `count` in all, and records them. */
  async events(count: number): Promise<void> {
    const deadline = Date.now() + waitMs
    let events: readonly Received[] = []
    for (;;) {
      events = this.target.receiver.of(this.repository)
      if (events.length >= count) break
      if (Date.now() > deadline) throw new Error(`${String(events.length)} of ${String(count)} events have come`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    for (const { contentType, authorization, event } of events) {
      const value = this.#masker.value(event)
      this.transcript.add("notification", [`content-type: ${contentType}\nauthorization: ${authorization}`, value])
    }
  }

  note(what: string, value: Json): void {
    this.transcript.add(what, [this.#masker.value(value)])
  }

  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.transcript.add("!! the case could not go on", [this.#masker.text(message)])
  }

  close(): Promise<void> {
    for (const http of Object.values(this.#https)) http.close()
    return Promise.resolve()
  }

  #headers({ headers }: Response): string[] {
    const type = String(headers["content-type"] ?? "")
    // The length of what is written as the server likes says nothing; neither registry's lists have a tag in common.
    const written = /^(application\/json|text\/plain)/.test(type)
    return headersShown.flatMap((name) => {
      if (written && (name === "content-length" || name === "etag")) return []
      const value = headers[name]
      return value === undefined ? [] : [`${name}: ${this.#masker.text([value].flat().join(" | "))}`]
    })
  }
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    // A blob, or a server's plain text: it is compared as it is.
    return body
  }
}
