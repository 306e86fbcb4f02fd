import { createHash } from "node:crypto"
import { request } from "undici"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { Outbound } from "../outbound/index.ts"
import type { Clock } from "../runtime/index.ts"
import { parseChallenge, retryAfterMs, urlOf, type Challenge } from "./challenge.ts"

export interface Login {
  readonly username: string
  readonly password: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Where the answer came from, after redirects. */
  readonly url: URL
}

export interface AskOptions {
  readonly method?: "GET" | "HEAD"
  readonly accept?: string
  readonly etag?: string
  readonly login?: Login
  /** `repository:podinfo:pull`, for registries that do not name a scope themselves. */
  readonly scope: string
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 15_000
const MAX_BODY = 32 * 1024 * 1024
const MAX_REDIRECTS = 5

interface Token {
  readonly value: string
  readonly until: number
}

/**
 * HTTP to registries: logs in as they demand (basic, or a bearer token from their token server), follows redirects without
 * taking credentials to another origin, keeps to `Retry-After`. 304 and 404 are answers; everything else is a failure.
 */
export class RegistryTransport {
  readonly #clock: Clock
  readonly #outbound: Outbound
  readonly #tokens = new Map<string, Token>()
  /** Until when (ms since the epoch) an origin wants to be left alone. */
  readonly #pauses = new Map<string, number>()

  constructor(clock: Clock, outbound: Outbound) {
    this.#clock = clock
    this.#outbound = outbound
  }

  async ask(url: URL, options: AskOptions): Promise<Result<Answer>> {
    // Whoever asks: news of a push, a person, and a timer that ends early are all the same to a registry.
    const paused = (this.#pauses.get(url.origin) ?? 0) - this.#clock.now()
    if (paused > 0) return fail(throttled(url, paused))
    const key = `${url.origin} ${options.scope} ${holderOf(options.login)}`
    const known = this.#tokens.get(key)
    const usable = known !== undefined && known.until > this.#clock.now() ? `Bearer ${known.value}` : undefined
    const first = await this.#follow(url, options, usable)
    if (!first.ok || first.value.status !== 401) return this.#judged(first)
    this.#tokens.delete(key)
    const challenge = parseChallenge(first.value.headers["www-authenticate"])
    if (challenge === undefined) return this.#judged(first)
    const authorization = await this.#authorize(url, challenge, options, key)
    if (!authorization.ok) return authorization
    return this.#judged(await this.#follow(url, options, authorization.value))
  }

  async #authorize(url: URL, challenge: Challenge, options: AskOptions, key: string): Promise<Result<string>> {
    const { login } = options
    const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`
    if (challenge.scheme === "basic")
      return basic === undefined
        ? fail(new SerinError("REGISTRY_UNAUTHORIZED", `Registry ${url.host} wants a login, and there is none for it.`))
        : ok(basic)
    const realm = urlOf(challenge.realm)
    // The password goes where the registry says; a registry on https may not make us send it in the clear.
    if (realm === undefined || (realm.protocol !== "https:" && realm.protocol !== url.protocol))
      return fail(
        new SerinError("REGISTRY_FAILED", `Registry ${url.host} names a token server that cannot be trusted.`),
      )
    if (challenge.service !== undefined) realm.searchParams.set("service", challenge.service)
    realm.searchParams.set("scope", challenge.scope ?? options.scope)
    const answered = await this.#send(realm, { ...options, method: "GET", accept: "application/json" }, basic)
    if (!answered.ok) return answered
    if (answered.value.status !== 200)
      return fail(
        new SerinError("REGISTRY_UNAUTHORIZED", `Token server ${realm.host} refused with ${answered.value.status}.`),
      )
    const token = tokenOf(answered.value.body)
    if (token === undefined)
      return fail(new SerinError("REGISTRY_FAILED", `Token server ${realm.host} answered without a token.`))
    this.#tokens.set(key, { value: token.value, until: this.#clock.now() + token.seconds * 800 })
    return ok(`Bearer ${token.value}`)
  }

  async #follow(url: URL, options: AskOptions, authorization: string | undefined): Promise<Result<Answer>> {
    let target = url
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const foreign = target.origin !== url.origin
      const answered = await this.#send(target, options, foreign ? undefined : authorization)
      if (!answered.ok) return answered
      const location = answered.value.headers["location"]
      if (answered.value.status < 300 || answered.value.status >= 400 || answered.value.status === 304 || !location)
        return answered
      const next = urlOf(location, target)
      if (next === undefined || !/^https?:$/.test(next.protocol)) break
      target = next
    }
    return fail(new SerinError("REGISTRY_FAILED", `Registry ${url.host} redirects without end.`))
  }

  async #send(url: URL, options: AskOptions, authorization: string | undefined): Promise<Result<Answer>> {
    const limit = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const { statusCode, headers, body } = await request(url, {
        method: options.method ?? "GET",
        dispatcher: await this.#outbound.dispatcher(),
        signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
        headers: {
          accept: options.accept ?? "application/json",
          ...(options.etag !== undefined && { "if-none-match": options.etag }),
          ...(authorization !== undefined && { authorization }),
        },
      })
      const text = await readBody(body)
      const flat = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
      )
      return ok({ status: statusCode, headers: Object.fromEntries(flat) as Record<string, string>, body: text, url })
    } catch (error) {
      const { why, ...next } = this.#outbound.trouble(error, url)
      const reason = limit.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : why
      return fail(
        new SerinError("REGISTRY_UNREACHABLE", `Registry ${url.host} cannot be reached: ${reason}.`, {
          cause: error,
          ...next,
        }),
      )
    }
  }

  #judged(answered: Result<Answer>): Result<Answer> {
    if (!answered.ok) return answered
    const { status, headers, url } = answered.value
    if (status === 200 || status === 304 || status === 404) return answered
    if (status === 401 || status === 403)
      return fail(new SerinError("REGISTRY_UNAUTHORIZED", `Registry ${url.host} refused with ${status}.`))
    const pause = retryAfterMs(headers["retry-after"], this.#clock.now())
    const isPause = status === 429 || status === 503
    if (isPause && pause !== undefined) this.#pauses.set(url.origin, this.#clock.now() + pause)
    if (status === 429) return fail(throttled(url, pause))
    const details = pause === undefined ? {} : { retryAfterMs: pause }
    return fail(new SerinError("REGISTRY_FAILED", `Registry ${url.host} answered ${status}.`, details))
  }
}

function throttled({ host }: URL, pauseMs: number | undefined): SerinError {
  if (pauseMs === undefined) return new SerinError("REGISTRY_THROTTLED", `Registry ${host} asks for fewer requests.`)
  const seconds = Math.max(1, Math.ceil(pauseMs / 1000))
  const message = `Registry ${host} asks for fewer requests; it is asked again in ${seconds} s.`
  return new SerinError("REGISTRY_THROTTLED", message, { retryAfterMs: pauseMs })
}

/** Tokens belong to whoever knows the password, also where two have the same name. */
function holderOf(login: Login | undefined): string {
  return login === undefined ? "" : createHash("sha256").update(`${login.username}:${login.password}`).digest("hex")
}

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_BODY) throw new RangeError(`an answer of more than ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** Seconds a token is good for when its server does not say (token server specification). */
const DEFAULT_SECONDS = 60

function tokenOf(body: string): { readonly value: string; readonly seconds: number } | undefined {
  try {
    const { token, access_token: access, expires_in: seconds } = JSON.parse(body) as Record<string, unknown>
    const value = token ?? access
    if (typeof value !== "string") return undefined
    return { value, seconds: typeof seconds === "number" ? seconds : DEFAULT_SECONDS }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
