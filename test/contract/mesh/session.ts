import { randomUUID } from "node:crypto"
import type { CaseSession } from "../harness/case.ts"
import { text, type Json, type JsonObject } from "../harness/json.ts"
import { Transcript } from "../harness/transcript.ts"
import { answeredBy, seenBy, shown, shownSeen } from "./answer.ts"
import { Api, until } from "./api.ts"
import { destinationRule, podsOf, service, virtualService, type Manifest } from "./manifests.ts"
import { Masker, withoutWebhookName } from "./mask.ts"
import { controls, type Answer, type Seen } from "./pod/wire.ts"
import { awaitRevision } from "./revision.ts"
import { Senders, type Ask } from "./senders.ts"
import { verdict, type Shares } from "./statistics.ts"
import { namespace, type Target } from "./target.ts"

/** One run of a case against one mesh, with a Service of its own in front of the shared pods. */
export class Session implements CaseSession {
  readonly transcript = new Transcript()
  readonly #api: Api
  readonly #senders: Senders
  readonly #masker = new Masker()
  readonly #made: Manifest[] = []
  /** Told to the pods, which outlive the case. */
  readonly #key = randomUUID()
  #scripts = 0

  constructor(
    /** Name of the case's Service; hosts, rules and the like of its own begin with it. */
    readonly name: string,
    private readonly target: Target,
  ) {
    this.#api = new Api(target)
    this.#senders = new Senders(target)
  }

  /** The Service's full name. */
  get fqdn(): string {
    return `${this.name}.${namespace}.svc.cluster.local`
  }

  async begin(): Promise<void> {
    await this.make(service(this.name, { app: "echo" }))
    await this.#api.endpoints(this.name, namespace, 5)
  }

  /** Creates or changes objects, without waiting for what comes of it. */
  async make(...manifests: readonly Manifest[]): Promise<void> {
    this.#made.push(...manifests)
    await this.#api.make(...manifests)
  }

  /** Creates or changes objects, and waits until all proxies know of it. */
  async apply(...manifests: readonly Manifest[]): Promise<void> {
    await this.make(...manifests)
    await awaitRevision(this.target, this.#api, this.#senders)
  }

  /** Waits until the world's clock shows another second: by it objects are older or younger. */
  nextSecond(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 1050 - (Date.now() % 1000)))
  }

  /** A VirtualService for the case's Service. */
  rule(spec: JsonObject): Manifest {
    return virtualService(this.name, { hosts: [this.name], ...spec })
  }

  /** A DestinationRule for it, with the subsets `v1`, `v2`, `v3`. */
  subsets(spec: JsonObject = {}): Manifest {
    const subsets = ["v1", "v2", "v3"].map((version) => ({ name: version, labels: { version } }))
    return destinationRule(this.name, { host: this.name, subsets, ...spec })
  }

  /** A destination of a route. */
  to(subset?: string, more: JsonObject = {}): JsonObject {
    return { destination: { host: this.name, ...(subset !== undefined && { subset }) }, ...more }
  }

  /** Header fields that let the pods go by a script (`pod/wire.ts`), each time from its beginning. */
  script(acts: string): Readonly<Record<string, string>> {
    return { [controls.script]: `${this.#key}-${String(++this.#scripts)} ${acts}` }
  }

  /** Header field that lets pods remember what they saw, for `remembered` and `copies`. */
  get remember(): Readonly<Record<string, string>> {
    return { [controls.remember]: this.#key }
  }

  /** Sends a request and records it with its answer. */
  async ask(ask: Ask = {}): Promise<Answer> {
    const answer = await this.quiet(ask)
    this.transcript.add(this.#asked(ask), [shown(answer, this.#masker).join("\n")])
    return answer
  }

  /** Sends a request and records only the answer's status and who gave it. */
  async who(ask: Ask = {}): Promise<void> {
    const answer = await this.quiet(ask)
    this.transcript.add(this.#asked(ask), [`${String(answer.status)} ${seenBy(answer)?.pod ?? answer.body}`.trim()])
  }

  /** Records what path a pod saw instead of the one that was asked for. */
  path(asked: string, answer: Answer): void {
    this.transcript.add(`GET ${asked}`, [seenBy(answer)?.path ?? String(answer.status)])
  }

  async quiet(ask: Ask = {}): Promise<Answer> {
    const [answer] = await this.#send(ask, 1, 1)
    if (answer === undefined) throw new Error("there is no answer")
    return answer
  }

  /** Sends a request many times, one after the other, and returns who answered each. */
  async row(ask: Ask, times: number): Promise<string[]> {
    const answers = await this.#send(ask, times, 1)
    return answers.map((answer) => seenBy(answer)?.pod ?? String(answer.status))
  }

  /**
   * Sends a request until nobody like this answers any more. Envoy's main thread takes a pod out, some requests after the one
   * that was the last straw.
   */
  async untilOut(ask: Ask, isOut: (by: string) => boolean): Promise<void> {
    await until("a row without them", async () => ((await this.row(ask, 12)).some(isOut) ? undefined : true))
  }

  /** Sends a request many times and records whether the versions that answered did so in these shares. */
  shares(shares: Shares, ask: Ask = {}, times = 600): Promise<void> {
    return this.#judge(shares, ask, times, answeredBy)
  }

  /** The same of the pods that answered. */
  podShares(shares: Shares, ask: Ask, times: number, atOnce = 8): Promise<void> {
    return this.#judge(shares, ask, times, (answer) => seenBy(answer)?.pod ?? String(answer.status), atOnce)
  }

  /** The same of answers that took this time at least, `slow`, and of the others, `fast`. */
  slow(shares: Shares, ms: number, times: number): Promise<void> {
    return this.#judge(shares, {}, times, (answer) => (answer.ms >= ms ? "slow" : "fast"))
  }

  /** Records in what shares `times` requests to be remembered were copied to a version. */
  async copies(shares: Shares, version: string, times: number): Promise<void> {
    // The last of them are still on their way when what they are copies of is answered: what stands still has arrived.
    let before = -1
    const copied = await until("an end of the copies", async () => {
      const { length } = await this.#rememberedNow(version)
      if (length === before) return length
      before = length
      return undefined
    })
    const counts = new Map(Object.entries({ copied, none: times - copied }).filter(([, count]) => count > 0))
    this.transcript.add(`copies at ${version}`, [verdict(counts, shares)])
  }

  async #judge(
    shares: Shares,
    ask: Ask,
    times: number,
    classOf: (answer: Answer) => string,
    atOnce = 8,
  ): Promise<void> {
    const counts = new Map<string, number>()
    for (const answer of await this.#send(ask, times, atOnce)) {
      const by = classOf(answer)
      counts.set(by, (counts.get(by) ?? 0) + 1)
    }
    this.transcript.add(this.#asked(ask), [verdict(counts, shares)])
  }

  /** What the pods of a version have remembered, once it is this many. */
  remembered(version: string, count: number): Promise<Seen[]> {
    return until(`${String(count)} requests at ${version}`, async () => {
      const seen = await this.#rememberedNow(version)
      return seen.length >= count ? seen : undefined
    })
  }

  async #rememberedNow(version: string): Promise<Seen[]> {
    const path = `/remembered?key=${this.#key}`
    const answers = await Promise.all(podsOf(version).map((pod) => this.quiet({ connect: pod, path })))
    return answers.flatMap(({ body }) => JSON.parse(body) as Seen[])
  }

  /** Records requests that pods have seen. */
  seen(what: string, seen: readonly Seen[]): void {
    this.transcript.add(what, [seen.flatMap((one) => shownSeen(one, this.#masker)).join("\n")])
  }

  /** Offers an object to the API and records what is said to it. */
  async offer(manifest: Manifest): Promise<void> {
    const response = await this.#api.apply(manifest)
    const { kind, metadata, spec } = manifest
    const what = `offer ${kind} ${metadata.name} ${JSON.stringify(spec ?? {})}`
    if (response.status < 300) {
      this.#made.push(manifest)
      const warnings = [response.headers["warning"] ?? []].flat()
      this.transcript.add(what, ["taken", ...warnings])
      return
    }
    const said = JSON.parse(response.text) as Json
    const message = withoutWebhookName(text(said, "message"))
    this.transcript.add(what, [`${String(response.status)} ${text(said, "reason")}`.trim(), message])
  }

  note(what: string, value: Json): void {
    this.transcript.add(what, [typeof value === "string" ? this.#masker.text(value) : value])
  }

  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.transcript.add("!! the case could not go on", [this.#masker.text(message)])
  }

  async close(): Promise<void> {
    for (const manifest of new Set(this.#made.reverse())) await this.#api.remove(manifest)
    this.#api.close()
    this.#senders.close()
  }

  #send(ask: Ask, times: number, atOnce: number): Promise<Answer[]> {
    return this.#senders.send({ connect: this.fqdn, ...ask }, times, atOnce)
  }

  #asked({ from = "client", method = "GET", path = "/", connect, host, headers = {}, body }: Ask): string {
    const told = Object.entries(headers)
      .filter(([name]) => name !== controls.remember)
      .map(([name, value]) => `${name}: ${name === controls.script ? value.slice(value.indexOf(" ") + 1) : value}`)
    return [
      `${method} ${path} from ${from}${connect === undefined ? "" : ` to ${connect}`}`,
      ...(host === undefined ? [] : [`host: ${host}`]),
      ...told,
      ...(body === undefined ? [] : [`body: ${body.length > 100 ? `${String(body.length)} bytes` : body}`]),
    ].join("\n    ")
  }
}
