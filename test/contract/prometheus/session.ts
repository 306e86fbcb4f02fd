import type { IncomingMessage } from "node:http"
import type { CaseSession } from "../harness/case.ts"
import { Http, type Response } from "../harness/http.ts"
import { at, isObject, list, text, type Json } from "../harness/json.ts"
import { Transcript } from "../harness/transcript.ts"
import { begin } from "./dataset.ts"
import type { Page } from "./exporter.ts"
import { Masker } from "./mask.ts"
import type { Door, Target } from "./target.ts"

export type Parameters = Readonly<Record<string, string | number | readonly string[]>>

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** In the address. */
  readonly query?: Parameters
  /** In the body, form-encoded. */
  readonly form?: Parameters
  readonly body?: string
  readonly door?: Door
  /** What of the answer's body is compared; all of it if absent. */
  readonly show?: (body: Json) => Json
}

/** What of an answer's head a client may act on. */
const headersShown = [
  "content-type",
  "content-encoding",
  "x-content-type-options",
  "location",
  "allow",
  "vary",
  "access-control-allow-origin",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
]
/** Prometheus takes five seconds to hear of new targets, and as long to let go of old ones. */
const waitMs = 25_000

/** Between two samples, so that no border of a window meets one: 2.42 counts both borders, 3.0 the right one only. */
export const now = begin + 1807

/** One run of a case against one Prometheus. */
export class Session implements CaseSession {
  readonly transcript = new Transcript()
  readonly #masker: Masker
  readonly #https: Readonly<Record<Door, Http>>

  constructor(
    /** The case's job, if it has one, and the path that is scraped. */
    readonly job: string,
    readonly target: Target,
  ) {
    this.#masker = new Masker(target)
    this.#https = { data: new Http(target.urls.data), scrapes: new Http(target.urls.scrapes) }
  }

  begin(): Promise<void> {
    return Promise.resolve()
  }

  /** Sends and records. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const response = await this.quiet(method, path, options)
    this.#write(method, path, options, response)
    return response
  }

  /** Sends without recording. */
  quiet(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const { headers, query = {}, form, door = "data" } = options
    const address = new URLSearchParams(parameters(query)).toString()
    const body = form === undefined ? options.body : new URLSearchParams(parameters(form)).toString()
    const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }
    return this.#https[door].send({
      method,
      path: address === "" ? path : `${path}?${address}`,
      headers: { "user-agent": "contract/1.0", ...type, ...headers },
      ...(body !== undefined && { body }),
    })
  }

  /** Asks each query of the data set at `now`, and records the value: series by their labels. */
  async ask(...queries: readonly string[]): Promise<void> {
    for (const query of queries) await this.askAt(query, now)
  }

  async askAt(query: string, time: number): Promise<void> {
    const { status, text: body } = await this.quiet("GET", "/api/v1/query", { query: { query, time } })
    this.#record(query, status, body, sorted)
  }

  /** Series in the order in which they came. */
  async askInOrder(...queries: readonly string[]): Promise<void> {
    for (const query of queries) {
      const { status, text: body } = await this.quiet("GET", "/api/v1/query", { query: { query, time: now } })
      this.#record(query, status, body, (body) => body)
    }
  }

  /** Ten steps of a minute up to `now`. */
  async askRange(...queries: readonly string[]): Promise<void> {
    for (const query of queries) {
      const range = { query, start: now - 540, end: now, step: 60 }
      const { status, text: body } = await this.quiet("GET", "/api/v1/query_range", { query: range })
      this.#record(query, status, body, sorted)
    }
  }

  /** Asks, of what was scraped, until `holds`, and records the value. */
  async scraped(query: string, holds: (series: readonly Json[]) => boolean = (series) => series.length > 0) {
    const ask = () => this.quiet("GET", "/api/v1/query", { query: { query }, door: "scrapes" })
    let answer = await ask()
    const came = await this.#until(async () => {
      answer = await ask()
      return holds(list(parse(answer.text), "data", "result"))
    })
    this.#record(query, answer.status, answer.text, sorted)
    if (!came) throw new Error("what was waited for did not come")
  }

  /** Serves a page under the case's path and waits until it was scraped. */
  async serve(page: Page, path = `/${this.job}`): Promise<void> {
    this.target.exporter.serve(path, page)
    // The next one to end may have been asked for before; the one after it was not.
    for (let requests = 0; requests < 2; requests += 1) await this.asked(path)
  }

  /** The next request to the exporter. */
  async asked(path = `/${this.job}`): Promise<IncomingMessage> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nobody has asked for ${path}`)), waitMs)
    })
    try {
      return await Promise.race([this.target.exporter.nextRequest(path), late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits until the case's targets are said to be so, for such a reason, and records what is said of them. */
  async health(health: "up" | "down", reason = /^/): Promise<void> {
    const path = "/api/v1/targets"
    const options = {
      door: "scrapes",
      query: { scrapePool: this.job },
      show: (body: Json) => this.#ofJob(body),
    } as const
    let answer = await this.quiet("GET", path, options)
    const came = await this.#until(async () => {
      answer = await this.quiet("GET", path, options)
      const targets = list(this.#ofJob(parse(answer.text)), "activeTargets")
      const holds = (target: Json) => text(target, "health") === health && reason.test(text(target, "lastError"))
      return targets.length > 0 && targets.every(holds)
    })
    this.#write("GET", path, options, answer)
    if (!came) throw new Error(`the targets did not come to be ${health}`)
  }

  /** Waits until a group of rules is as wanted, and records it. */
  async rules(group: string, holds: (group: Json) => boolean = () => true): Promise<void> {
    const of = (body: Json): Json[] => list(body, "data", "groups").filter((one) => text(one, "name") === group)
    await this.#waitFor("/api/v1/rules", of, (groups) => groups.every(holds) && groups.length > 0)
  }

  /** Waits until the alerts by a name are as wanted, and records them. */
  async alerts(name: string, holds: (alerts: readonly Json[]) => boolean): Promise<void> {
    const of = (body: Json): Json[] =>
      list(body, "data", "alerts").filter((one) => text(one, "labels", "alertname") === name)
    await this.#waitFor("/api/v1/alerts", of, holds)
  }

  async #waitFor(path: string, of: (body: Json) => Json[], holds: (found: readonly Json[]) => boolean): Promise<void> {
    const options = { door: "scrapes", show: of } as const
    let answer = await this.quiet("GET", path, options)
    const came = await this.#until(async () => {
      answer = await this.quiet("GET", path, options)
      return holds(of(parse(answer.text)))
    })
    this.#write("GET", path, options, answer)
    if (!came) throw new Error("what was waited for did not come")
  }

  /** Whether the scrape after this one went well. */
  async scrapedUp(): Promise<boolean> {
    const scraped = async () => {
      const { text: body } = await this.quiet("GET", "/api/v1/targets", {
        door: "scrapes",
        query: { scrapePool: this.job },
      })
      return list(this.#ofJob(parse(body)), "activeTargets")[0]
    }
    const before = text(await scraped(), "lastScrape")
    if (!(await this.#until(async () => text(await scraped(), "lastScrape") !== before)))
      throw new Error("nothing was scraped")
    return text(await scraped(), "health") === "up"
  }

  /** Whether it has come to hold. */
  async #until(holds: () => Promise<boolean>): Promise<boolean> {
    const deadline = Date.now() + waitMs
    for (;;) {
      if (await holds()) return true
      if (Date.now() > deadline) return false
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /**
   * Of all targets those of the case, by their labels: the versions of Prometheus differ in whether they can be asked for, and
   * tell a job's targets in an order of chance.
   */
  #ofJob(body: Json): Json {
    const of = (kind: string, path: readonly string[]) => {
      const labels = (target: Json) => JSON.stringify(at(target, "labels") ?? at(target, "discoveredLabels"))
      return list(body, "data", kind)
        .filter((target) => text(target, ...path) === this.job)
        .sort((a, b) => (labels(a) < labels(b) ? -1 : 1))
    }
    return {
      activeTargets: of("activeTargets", ["scrapePool"]),
      droppedTargets: of("droppedTargets", ["discoveredLabels", "job"]),
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

  #write(method: string, path: string, options: SendOptions, response: Response): void {
    const shown = options.show ?? ((body: Json) => body)
    const { query = {}, form = {}, headers = {}, body } = options
    this.transcript.add(
      [
        `${method} ${path}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        ...parameters(query).map(([name, value]) => `${name} = ${value}`),
        ...parameters(form).map(([name, value]) => `form ${name} = ${value}`),
        ...(body === undefined ? [] : [body]),
      ]
        .map((line) => this.#masker.text(line))
        .join("\n    "),
      [
        [String(response.status), ...this.#headers(response)].join("\n"),
        ...(method === "HEAD" || response.text === "" ? [] : [this.#masker.value(shown(parse(response.text)))]),
      ],
    )
  }

  #record(query: string, status: number, body: string, order: (body: Json) => Json): void {
    const answer = parse(body)
    const data = isObject(answer) ? answer["data"] : undefined
    const shown = isObject(data)
      ? [data["resultType"] ?? null, ...lines(order(data["result"] ?? null))]
      : isObject(answer)
        ? [`${String(status)} ${text(answer, "errorType")}`, text(answer, "error")]
        : [answer]
    this.transcript.add(
      this.#masker.text(query),
      shown.map((value) => this.#masker.value(value)),
    )
  }

  #headers({ headers }: Response): string[] {
    return headersShown.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [`${name}: ${this.#masker.text([value].flat().join(" | "))}`]
    })
  }
}

const lines = (result: Json): Json[] => (Array.isArray(result) && result.every(isObject) ? result : [result])

/** Series by their labels. */
export function sorted(result: Json): Json {
  if (!Array.isArray(result) || !result.every(isObject)) return result
  const key = (series: Json): string =>
    isObject(series) && isObject(series["metric"])
      ? JSON.stringify(Object.entries(series["metric"]).sort(([a], [b]) => (a < b ? -1 : 1)))
      : JSON.stringify(series)
  return [...result].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function parameters(given: Parameters): [string, string][] {
  return Object.entries(given).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, String(item)]),
  )
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    // A server's plain text: it is compared as it is.
    return body
  }
}
