import type { Readable } from "node:stream"
import { request } from "undici"
import { parseChallenge } from "./challenge.ts"
import { RegistryClientError } from "./registry-errors.ts"

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Path and query, or a whole URL as a Location header has it. */
  readonly path: string
  /** `repository:app:pull`, for the token that may be needed. */
  readonly scope: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | (() => Readable | Promise<Readable>)
}

export interface RegistryResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
  /** Reads a small body. */
  text(): Promise<string>
  /** Drops the body. */
  drop(): Promise<void>
}

const timeouts = { headersTimeout: 30_000, bodyTimeout: 60_000 }
const manyRedirects = 5

/**
 * Requests to one registry, with the authentication that it asks for: basic, or a bearer token from the server that its
 * challenge names. Redirects to other hosts (blob stores) are followed without credentials.
 */
export class RegistrySession {
  readonly #base: URL
  readonly #credentials: Credentials | undefined
  /** Scope → Authorization header. */
  readonly #authorizations = new Map<string, string>()

  constructor(url: string, credentials?: Credentials) {
    this.#base = new URL(url)
    this.#credentials = credentials
  }

  async send(wanted: RegistryRequest): Promise<RegistryResponse> {
    const first = await this.#follow(wanted)
    if (first.status !== 401) return first
    await first.drop()
    const authorization = await this.#authorize(first.headers["www-authenticate"] ?? "", wanted.scope)
    if (authorization === undefined) throw unauthorized(wanted, this.#base)
    this.#authorizations.set(wanted.scope, authorization)
    const second = await this.#follow(wanted)
    if (second.status !== 401) return second
    await second.drop()
    this.#authorizations.delete(wanted.scope)
    throw unauthorized(wanted, this.#base)
  }

  async #follow(wanted: RegistryRequest): Promise<RegistryResponse> {
    let url = new URL(wanted.path, this.#base)
    for (let redirects = 0; ; redirects += 1) {
      // A Location may lead an upload to another host as well: credentials go to this registry only.
      const authorization = url.origin === this.#base.origin ? this.#authorizations.get(wanted.scope) : undefined
      const response = await exchange(url, wanted, authorization)
      const location = response.headers["location"]
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status)
      if (!isRedirect || location === undefined || (wanted.method !== "GET" && wanted.method !== "HEAD"))
        return response
      await response.drop()
      if (redirects === manyRedirects) {
        throw new RegistryClientError(
          "refused",
          `${wanted.method} ${url.href}: stopped after ${manyRedirects} redirects`,
        )
      }
      url = new URL(location, url)
    }
  }

  async #authorize(header: string, scope: string): Promise<string | undefined> {
    const challenge = parseChallenge(header)
    const credentials = this.#credentials
    const basic =
      credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`
    if (challenge?.scheme === "basic") return basic
    const { realm, service } = challenge?.parameters ?? {}
    if (challenge?.scheme !== "bearer" || realm === undefined) return undefined
    const url = new URL(realm, this.#base)
    if (service !== undefined) url.searchParams.set("service", service)
    // What the registry names, and what is wanted beyond it: mounting a blob reads a second repository.
    const scopes = new Set(`${challenge.parameters["scope"] ?? ""} ${scope}`.split(" ").filter((each) => each !== ""))
    for (const each of scopes) url.searchParams.append("scope", each)
    const wanted = { method: "GET", path: url.href, scope } as const
    const response = await exchange(url, wanted, basic)
    if (response.status !== 200) {
      await response.drop()
      return undefined
    }
    const { token, access_token: accessToken } = JSON.parse(await response.text()) as Record<string, unknown>
    const granted = token ?? accessToken
    return typeof granted === "string" ? `Bearer ${granted}` : undefined
  }
}

async function exchange(
  url: URL,
  wanted: RegistryRequest,
  authorization: string | undefined,
): Promise<RegistryResponse> {
  const attempt = () => exchangeOnce(url, wanted, authorization)
  try {
    // A kept connection that the registry has closed meanwhile is no reason to fail: what only reads is asked again.
    const isRepeatable = wanted.method === "GET" || wanted.method === "HEAD"
    return await attempt().catch((error: unknown) =>
      isRepeatable && isHangUp(error) ? attempt() : Promise.reject(error),
    )
  } catch (error) {
    const dial = `${title(wanted.method)} "${url.href}": ${dialError(url, error)}`
    throw new RegistryClientError("unreachable", `failed to do request: ${dial}`, { cause: error })
  }
}

async function exchangeOnce(
  url: URL,
  { method, headers, body }: RegistryRequest,
  authorization: string | undefined,
): Promise<RegistryResponse> {
  const response = await request(url, {
    method,
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    body: typeof body === "function" ? await body() : (body ?? null),
    ...timeouts,
  })
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
    ),
    body: response.body,
    text: () => response.body.text(),
    drop: () => response.body.dump(),
  }
}

function isHangUp(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === "ECONNRESET" || code === "UND_ERR_SOCKET"
}

function unauthorized({ method, path }: RegistryRequest, base: URL): RegistryClientError {
  const url = new URL(path, base)
  return new RegistryClientError(
    "unauthorized",
    `unexpected status from ${method} request to ${url.href}: 401 Unauthorized`,
  )
}

/** As Go programs word it, which people know from events of pods. */
function dialError(url: URL, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  if (code === "ECONNREFUSED") return `dial tcp ${url.hostname}:${port}: connect: connection refused`
  if (code === "ENOTFOUND") return `dial tcp: lookup ${url.hostname}: no such host`
  if (isHangUp(error)) return "EOF"
  return message
}

const title = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase()
