import { send, sendJson } from "../http/index.ts"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { requireDigest } from "./blobs.ts"
import { RegistryError } from "./errors.ts"
import { clientHas, notAllowed, type Exchange } from "./exchange.ts"

/** `GET /v2/NAME/tags/list?n=&last=` (distribution-spec, "Listing Tags"), with an ETag so that polling is cheap. */
export async function serveTags(exchange: Exchange, repository: string): Promise<void> {
  const { manifests } = exchange
  requireGet(exchange)
  const tags = await manifests.tags(repository)
  if (tags === undefined) {
    throw new RegistryError("NAME_UNKNOWN", "repository name not known to registry", { name: repository })
  }
  // Without any tag the list is null, as docker-distribution has it.
  sendPage(exchange, tags, (page) => ({ name: repository, tags: tags.length === 0 ? null : page }))
}

/** `GET /v2/_catalog?n=&last=`, as docker-distribution has it. */
export async function serveCatalog(exchange: Exchange): Promise<void> {
  requireGet(exchange)
  sendPage(exchange, await exchange.manifests.repositories(), (repositories) => ({ repositories }))
}

/** `GET /v2/NAME/referrers/DIGEST?artifactType=` (distribution-spec, "Listing Referrers"); never 404. */
export async function serveReferrers(exchange: Exchange, repository: string, text: string): Promise<void> {
  const { request, response, url, manifests } = exchange
  if (request.method !== "GET" && request.method !== "HEAD") throw notAllowed(request, "GET, HEAD")
  const wanted = url.searchParams.get("artifactType")
  const all = await manifests.referrers(repository, requireDigest(text))
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted),
  }
  sendJson(response, 200, index, {
    "content-type": mediaTypes.index,
    ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
  })
}

function requireGet({ request }: Exchange): void {
  if (request.method !== "GET") throw notAllowed(request, "GET")
}

function sendPage(exchange: Exchange, all: readonly string[], body: (page: readonly string[]) => unknown): void {
  const { request, response, url } = exchange
  const last = url.searchParams.get("last")
  const rest = last === null ? all : all.filter((name) => name > last)
  const count = pageSize(url) ?? rest.length
  const page = rest.slice(0, count)
  const next = page.at(-1)
  const content = JSON.stringify(body(page))
  const headers: Record<string, string> = {
    "content-type": "application/json; charset=utf-8",
    etag: `"${digestOf(content)}"`,
  }
  if (next !== undefined && rest.length > count) {
    const query = new URLSearchParams({ last: next, n: String(count) })
    headers["link"] = `<${url.pathname}?${query.toString()}>; rel="next"`
  }
  if (clientHas(request, `"${digestOf(content)}"`)) return send(response, 304, "", headers)
  send(response, 200, content, headers)
}

function pageSize(url: URL): number | undefined {
  const text = url.searchParams.get("n")
  if (text === null) return undefined
  if (!/^\d{1,9}$/.test(text)) {
    throw new RegistryError("PAGINATION_NUMBER_INVALID", "invalid number of results requested", { n: text })
  }
  return Number(text)
}
