import type { ImageReference } from "@serin/core"
import { z } from "zod"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { Outbound } from "../outbound/index.ts"
import type { Clock } from "../runtime/index.ts"
import type { RegistryMirrors } from "../settings.ts"
import { nextLink, urlOf } from "./challenge.ts"
import { endpointsOf, type Endpoint } from "./endpoints.ts"
import { RegistryTransport, type Answer, type Login } from "./transport.ts"

export type Repository = Pick<ImageReference, "registry" | "repository">

export interface ListedTags {
  readonly tags: readonly string[]
  /** False when there was no end to the pages: what is missing may be newer. */
  readonly complete: boolean
}

export interface ImageDetails {
  readonly digest: string
  /** RFC 3339; absent when the image does not say. */
  readonly created?: string
}

export interface RegistryClientOptions {
  readonly clock: Clock
  readonly outbound: Outbound
  readonly mirrors: () => RegistryMirrors
}

const tagPage = z.object({ tags: z.array(z.string()).nullish() })
const descriptor = z.object({ digest: z.string() })
const platformed = descriptor.extend({
  platform: z.object({ os: z.string().optional(), architecture: z.string().optional() }).optional(),
})
const manifest = z.object({
  annotations: z.record(z.string(), z.string()).optional(),
  config: descriptor.optional(),
  manifests: z.array(platformed).optional(),
})
const config = z.object({ created: z.string().optional() })

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ")
const PAGE_SIZE = 1000
const MAX_PAGES = 200
const CREATED = "org.opencontainers.image.created"

interface KeptPage {
  readonly etag: string
  readonly tags: readonly string[]
  readonly next: string | undefined
}

/** What the agent asks of image registries (OCI distribution 1.1, pull side). Failures are values. */
export class RegistryClient {
  readonly #options: RegistryClientOptions
  readonly #transport: RegistryTransport
  /** Pages of tag lists by URL, for conditional requests. */
  readonly #pages = new Map<string, KeptPage>()

  constructor(options: RegistryClientOptions) {
    this.#options = options
    this.#transport = new RegistryTransport(options.clock, options.outbound)
  }

  /** All tags, through all pages; unchanged pages cost a 304. */
  tags(repository: Repository, login?: Login, signal?: AbortSignal): Promise<Result<ListedTags>> {
    return this.#eachEndpoint(repository, (endpoint) => this.#tagsAt(endpoint, login, signal))
  }

  /** Digest that a tag points at now. */
  async digest(repository: Repository, tag: string, login?: Login, signal?: AbortSignal): Promise<Result<string>> {
    const found = await this.#eachEndpoint(repository, (endpoint) =>
      this.#manifest(endpoint, tag, "HEAD", login, signal),
    )
    if (!found.ok) return found
    const digest = found.value.headers["docker-content-digest"]
    if (digest !== undefined && digest !== "") return ok(digest)
    return fail(new SerinError("REGISTRY_FAILED", `Registry ${found.value.url.host} gave no digest for ${tag}.`))
  }

  /** Digest and creation date; costs up to three requests. */
  details(repository: Repository, tag: string, login?: Login, signal?: AbortSignal): Promise<Result<ImageDetails>> {
    return this.#eachEndpoint(repository, async (endpoint): Promise<Result<ImageDetails>> => {
      const top = await this.#manifest(endpoint, tag, "GET", login, signal)
      if (!top.ok) return top
      const digest = top.value.headers["docker-content-digest"] ?? ""
      const created = await this.#created(endpoint, top.value.body, login, signal)
      return ok({ digest, ...(created !== undefined && { created }) })
    })
  }

  /** The paths under which endpoints know this repository, e.g. in their notifications. */
  paths(repository: Repository): string[] {
    return endpointsOf(repository, this.#options.mirrors()).map((endpoint) => endpoint.path)
  }

  async #eachEndpoint<T>(repository: Repository, ask: (endpoint: Endpoint) => Promise<Result<T>>): Promise<Result<T>> {
    let last: Result<T> | undefined
    for (const endpoint of endpointsOf(repository, this.#options.mirrors())) {
      last = await ask(endpoint)
      // A pause that one endpoint asks for is kept; whatever else it lacks, the next may have.
      if (last.ok || last.error.code === "REGISTRY_THROTTLED") return last
    }
    return last ?? fail(new SerinError("REGISTRY_UNREACHABLE", `No endpoint is configured for ${repository.registry}.`))
  }

  async #tagsAt(endpoint: Endpoint, login: Login | undefined, signal?: AbortSignal): Promise<Result<ListedTags>> {
    const tags: string[] = []
    const first = new URL(`${endpoint.url}/v2/${endpoint.path}/tags/list?n=${PAGE_SIZE}`)
    let url = first
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const listed = await this.#tagPage(endpoint, url, login, signal)
      if (!listed.ok) return listed
      tags.push(...listed.value.tags)
      if (listed.value.next === undefined) return ok({ tags, complete: true })
      const next = urlOf(listed.value.next, url)
      // Credentials stay with the registry that they are for.
      if (next === undefined || next.origin !== first.origin) break
      url = next
    }
    return ok({ tags, complete: false })
  }

  async #tagPage(
    endpoint: Endpoint,
    url: URL,
    login: Login | undefined,
    signal?: AbortSignal,
  ): Promise<Result<Pick<KeptPage, "tags" | "next">>> {
    const kept = this.#pages.get(url.href)
    const answered = await this.#ask(endpoint, url, { login, signal, ...(kept && { etag: kept.etag }) })
    if (!answered.ok) return answered
    const { status, headers, body } = answered.value
    if (status === 304 && kept !== undefined) return ok(kept)
    const tags = read(tagPage, body, url)
    if (!tags.ok) return tags
    const page = { tags: tags.value.tags ?? [], next: nextLink(headers["link"]) }
    const etag = headers["etag"]
    if (etag === undefined) this.#pages.delete(url.href)
    else this.#pages.set(url.href, { ...page, etag })
    return ok(page)
  }

  #manifest(
    endpoint: Endpoint,
    reference: string,
    method: "GET" | "HEAD",
    login: Login | undefined,
    signal?: AbortSignal,
  ): Promise<Result<Answer>> {
    const url = new URL(`${endpoint.url}/v2/${endpoint.path}/manifests/${reference}`)
    return this.#ask(endpoint, url, { method, accept: MANIFESTS, login, signal })
  }

  async #created(
    endpoint: Endpoint,
    body: string,
    login: Login | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const top = read(manifest, body, new URL(endpoint.url))
    if (!top.ok) return undefined
    const stated = top.value.annotations?.[CREATED]
    if (stated !== undefined) return stated
    const child = top.value.manifests?.find((one) => one.platform?.os !== "unknown") ?? top.value.manifests?.[0]
    if (child !== undefined) {
      const found = await this.#manifest(endpoint, child.digest, "GET", login, signal)
      // An image index that points at itself would go on for ever.
      return found.ok && !found.value.body.includes('"manifests"')
        ? this.#created(endpoint, found.value.body, login, signal)
        : undefined
    }
    if (top.value.config === undefined) return undefined
    const url = new URL(`${endpoint.url}/v2/${endpoint.path}/blobs/${top.value.config.digest}`)
    const blob = await this.#ask(endpoint, url, { login, signal, accept: "*/*" })
    const parsed = blob.ok ? read(config, blob.value.body, url) : blob
    return parsed.ok ? parsed.value.created : undefined
  }

  async #ask(
    endpoint: Endpoint,
    url: URL,
    options: {
      readonly method?: "GET" | "HEAD"
      readonly accept?: string
      readonly etag?: string
      readonly login: Login | undefined
      readonly signal: AbortSignal | undefined
    },
  ): Promise<Result<Answer>> {
    const { login, signal, ...rest } = options
    const answered = await this.#transport.ask(url, {
      ...rest,
      scope: `repository:${endpoint.path}:pull`,
      ...(login !== undefined && { login }),
      ...(signal !== undefined && { signal }),
    })
    if (answered.ok && answered.value.status === 404)
      return fail(
        new SerinError(
          "REGISTRY_NOT_FOUND",
          `Registry ${url.host} has no ${decodeURIComponent(url.pathname.slice(4))}.`,
        ),
      )
    return answered
  }
}

function read<T>(schema: z.ZodType<T>, body: string, url: URL): Result<T> {
  const wrong = (): Result<T> =>
    fail(new SerinError("REGISTRY_FAILED", `Registry ${url.host} answered something that is no registry's answer.`))
  try {
    const checked = schema.safeParse(JSON.parse(body))
    return checked.success ? ok(checked.data) : wrong()
  } catch (error) {
    if (error instanceof SyntaxError) return wrong()
    throw error
  }
}
