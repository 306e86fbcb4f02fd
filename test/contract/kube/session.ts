import type { CaseSession } from "../harness/case.ts"
import type { Http, Response } from "../harness/http.ts"
import { isObject, text, type Json, type JsonObject } from "../harness/json.ts"
import { Transcript } from "../harness/transcript.ts"
import type { Kubectl, KubectlInput } from "./kubectl.ts"
import { Masker } from "./mask.ts"
import type { Target } from "./target.ts"
import { Watch } from "./watch.ts"

export interface SendOptions {
  readonly contentType?: string
  readonly accept?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What of the answer's body is compared; all of it if absent. */
  readonly show?: (body: Json) => Json
}

const waitMs = 15_000

/** One run of a case against one target: everything it does is written down, masked, for comparison. */
export class Session implements CaseSession {
  readonly transcript = new Transcript()
  readonly #masker: Masker
  readonly #watches: Watch[] = []

  constructor(
    /** The case's own namespace. */
    readonly ns: string,
    readonly target: Target,
    private readonly http: Http,
    private readonly program: Kubectl,
  ) {
    this.#masker = new Masker({ [target.url]: "<server>", [target.url.replace("https://", "")]: "<server>" })
  }

  /** Creates the case's namespace. */
  async begin(): Promise<void> {
    await this.quiet("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: this.ns } })
    if (!this.target.features.has("controllers")) return
    // Made by controllers for every namespace; pods cannot be created before the account is there.
    await this.until("service account default", this.core("serviceaccounts", "default"), isThere)
    await this.until("kube-root-ca.crt", this.core("configmaps", "kube-root-ca.crt"), isThere)
  }

  /** `/api/v1/namespaces/<ns>/pods/web` from `pods`, `web`. */
  core(resource: string, name?: string): string {
    return `/api/v1/namespaces/${this.ns}/${resource}${name === undefined ? "" : `/${name}`}`
  }

  /** `/apis/apps/v1/namespaces/<ns>/deployments/web` from `apps/v1`, `deployments`, `web`. */
  in(groupVersion: string, resource: string, name?: string): string {
    return `/apis/${groupVersion}/namespaces/${this.ns}/${resource}${name === undefined ? "" : `/${name}`}`
  }

  get(path: string, options?: SendOptions): Promise<Json> {
    return this.send("GET", path, undefined, options)
  }

  post(path: string, body: Json, options?: SendOptions): Promise<Json> {
    return this.send("POST", path, body, options)
  }

  put(path: string, body: Json, options?: SendOptions): Promise<Json> {
    return this.send("PUT", path, body, options)
  }

  delete(path: string, body?: Json, options?: SendOptions): Promise<Json> {
    return this.send("DELETE", path, body, options)
  }

  /** A patch of the given kind; `apply` needs `?fieldManager=` in the path. */
  patch(
    kind: "json" | "merge" | "strategic" | "apply",
    path: string,
    body: Json,
    options?: SendOptions,
  ): Promise<Json> {
    const contentType = {
      json: "application/json-patch+json",
      merge: "application/merge-patch+json",
      strategic: "application/strategic-merge-patch+json",
      apply: "application/apply-patch+yaml",
    }[kind]
    return this.send("PATCH", path, body, { contentType, ...options })
  }

  /** Sends and records; resolves with the body as it came (text if it is not JSON). */
  async send(method: string, path: string, body?: Json, options: SendOptions = {}): Promise<Json> {
    const response = await this.#send(method, path, body, options)
    const parsed = parse(response.text)
    this.#masker.learn(parsed)
    this.transcript.add(`${method} ${this.#path(path)}`, [
      [
        String(response.status),
        String(response.headers["content-type"] ?? "no content-type"),
        ...warnings(response).map((warning) => `\nWarning: ${this.#masker.text(warning)}`),
      ].join(" "),
      this.#masker.value(options.show === undefined ? parsed : options.show(parsed)),
    ])
    return parsed
  }

  /** Sends without recording: for what is not the case's subject. A failure is an error. */
  async quiet(method: string, path: string, body?: Json, options: SendOptions = {}): Promise<Json> {
    const response = await this.#send(method, path, body, options)
    const parsed = parse(response.text)
    if (response.status >= 400) {
      throw new Error(
        `${method} ${this.#masker.text(path)}: ${this.#masker.text(text(parsed, "message") || response.text)}`,
      )
    }
    this.#masker.learn(parsed)
    return parsed
  }

  /** Asks until the body satisfies `condition`, unrecorded; past the deadline an error with the last answer's. */
  async until(
    what: string,
    path: string,
    condition: (body: Json) => boolean,
    options: Pick<SendOptions, "accept" | "headers"> = {},
  ): Promise<Json> {
    const deadline = Date.now() + waitMs
    for (;;) {
      const response = await this.#send("GET", path, undefined, options)
      const body = parse(response.text)
      if (condition(body)) {
        this.#masker.learn(body)
        return body
      }
      if (Date.now() > deadline) throw new Error(`not within ${String(waitMs / 1000)} s: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
  }

  /** Until the object is gone (404). */
  async untilGone(path: string): Promise<void> {
    await this.until(`${this.#masker.text(path)} is gone`, path, (body) => text(body, "reason") === "NotFound")
  }

  /** Starts a watch; its events are recorded by `record`. */
  watch(path: string, { accept = "application/json" }: Pick<SendOptions, "accept"> = {}): Watch {
    const watch = new Watch(this.http, path, accept)
    this.#watches.push(watch)
    return watch
  }

  /** Waits for the watch's next `count` events and records them; fewer is recorded as such. */
  async record(watch: Watch, count: number, show: (event: Json) => Json = (event) => event): Promise<Json[]> {
    const events = await watch.take(count, waitMs)
    for (const event of events) this.#masker.learn(event)
    const shown = events.map((event) => this.#masker.value(show(event)))
    this.transcript.add(`WATCH ${this.#path(watch.path)}: ${String(count)} events`, shown)
    return events
  }

  /** Waits for the server to end the watch and records what was left. */
  async recordEnd(watch: Watch): Promise<void> {
    const events = await watch.rest(waitMs)
    this.transcript.add(`WATCH ${this.#path(watch.path)}: until its end`, [
      ...events.map((event) => this.#masker.value(event)),
      watch.ended() ? "ended" : "still open",
    ])
  }

  /** Runs kubectl in the case's namespace and records exit code and output. */
  async kubectl(line: string, input?: KubectlInput): Promise<string> {
    const { code, stdout, stderr } = await this.program.run(line, input)
    this.transcript.add(`kubectl ${this.#masker.text(line)}`, [
      `exit ${String(code)}`,
      ...(stdout === "" ? [] : [`stdout:\n${this.#masker.output(stdout)}`]),
      ...(stderr === "" ? [] : [`stderr:\n${this.#masker.output(stderr)}`]),
    ])
    return stdout
  }

  /** Runs kubectl unrecorded; a failure is an error. */
  async quietly(line: string, input?: KubectlInput): Promise<string> {
    const { code, stdout, stderr } = await this.program.run(line, input)
    if (code !== 0) throw new Error(`kubectl ${line}: exit ${String(code)}: ${this.#masker.output(stderr)}`)
    return stdout
  }

  /** Records a value that the case worked out itself. */
  note(what: string, value: Json): void {
    this.transcript.add(what, [this.#masker.value(value)])
  }

  /** Records the end of a case that could not go on. */
  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.transcript.add("!! the case could not go on", [this.#masker.text(message)])
  }

  /** Ends what is still open. */
  close(): Promise<void> {
    for (const watch of this.#watches) watch.close()
    this.program.close()
    this.http.close()
    return Promise.resolve()
  }

  /** A path without the versions and tokens in its query. */
  #path(path: string): string {
    return this.#masker
      .text(path)
      .replace(/\bresourceVersion=\d{2,}/, "resourceVersion=<rv>")
      .replace(/\bcontinue=[\w%-]{20,}/, "continue=<continue>")
  }

  #send(method: string, path: string, body: Json | undefined, options: SendOptions): Promise<Response> {
    const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body)
    return this.http.send({
      method,
      path,
      headers: {
        accept: options.accept ?? "application/json",
        "user-agent": "contract/1.0",
        ...(payload !== undefined && { "content-type": options.contentType ?? "application/json" }),
        ...options.headers,
      },
      ...(payload !== undefined && { body: payload }),
    })
  }
}

function isThere(body: Json): boolean {
  return isObject(body) && body["metadata"] !== undefined && body["reason"] === undefined
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    // Not every answer is JSON (`ok` of /readyz, logs); the text itself is then what is compared.
    return body
  }
}

function warnings(response: Response): string[] {
  const header = response.headers["warning"]
  return header === undefined ? [] : [header].flat()
}

/** Leaves only the given keys of an object, and of each item of a list of them. */
export function only(...keys: readonly string[]): (body: Json) => Json {
  const pick = (value: Json): Json => {
    if (!isObject(value)) return value
    if (Array.isArray(value["items"])) return { ...value, items: value["items"].map(pick) }
    const picked: JsonObject = {}
    for (const key of keys) {
      const item = value[key]
      if (item !== undefined) picked[key] = item
    }
    return picked
  }
  return pick
}
