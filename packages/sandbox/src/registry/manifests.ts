import { BodyTooLargeError, readBody, send } from "../http/index.ts"
import { isDigest, isTag } from "../oci/index.ts"
import { RegistryError } from "./errors.ts"
import { clientHas, notAllowed, type Exchange } from "./exchange.ts"

/** As docker-distribution has it; the specification asks for at least this. */
const largest = 4 << 20

/** `GET`, `HEAD`, `PUT` and `DELETE` of `/v2/NAME/manifests/REFERENCE`. */
export async function serveManifest(exchange: Exchange, repository: string, reference: string): Promise<void> {
  if (!isDigest(reference) && !isTag(reference)) {
    if (reference.includes(":"))
      throw new RegistryError("DIGEST_INVALID", "the digest is not well formed", { reference })
    throw new RegistryError("TAG_INVALID", "the tag is not well formed", { reference })
  }
  switch (exchange.request.method) {
    case "GET":
    case "HEAD":
      return get(exchange, repository, reference)
    case "PUT":
      return put(exchange, repository, reference)
    case "DELETE":
      return remove(exchange, repository, reference)
    default:
      throw notAllowed(exchange.request, "DELETE, GET, HEAD, PUT")
  }
}

async function get(exchange: Exchange, repository: string, reference: string): Promise<void> {
  const { request, response, manifests } = exchange
  const stored = await manifests.get(repository, reference)
  if (!stored) throw unknown(repository, reference)
  const { digest, mediaType, content } = stored
  const headers = { "content-type": mediaType, "docker-content-digest": digest, etag: `"${digest}"` }
  if (clientHas(request, headers.etag)) {
    return send(response, 304, "", { "docker-content-digest": digest, etag: headers.etag })
  }
  const tag = isDigest(reference) ? {} : { tag: reference }
  exchange.notify({ action: "pull", repository, digest, mediaType, size: content.length, ...tag })
  send(response, 200, content, headers)
}

async function put(exchange: Exchange, repository: string, reference: string): Promise<void> {
  const { request, response, manifests } = exchange
  const content = await readBody(request, largest).catch((error: unknown) => {
    if (!(error instanceof BodyTooLargeError)) throw error
    throw new RegistryError("MANIFEST_INVALID", error.message, null, { connection: "close" }, 413)
  })
  const { digest, mediaType, document } = await manifests.put(
    repository,
    reference,
    content,
    request.headers["content-type"],
  )
  const tag = isDigest(reference) ? {} : { tag: reference }
  exchange.notify({ action: "push", repository, digest, mediaType, size: content.length, ...tag })
  send(response, 201, "", {
    location: `/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(document.subject ? { "oci-subject": document.subject } : {}),
  })
}

async function remove(exchange: Exchange, repository: string, reference: string): Promise<void> {
  const { response, manifests } = exchange
  if (isDigest(reference)) {
    const tags = await manifests.remove(repository, reference)
    if (tags === undefined) throw unknown(repository, reference)
    exchange.notify({ action: "delete", repository, digest: reference })
    for (const tag of tags) exchange.notify({ action: "delete", repository, tag })
  } else {
    if (!(await manifests.removeTag(repository, reference))) throw unknown(repository, reference)
    exchange.notify({ action: "delete", repository, tag: reference })
  }
  send(response, 202)
}

function unknown(repository: string, reference: string): RegistryError {
  const key = isDigest(reference) ? "digest" : "tag"
  return new RegistryError("MANIFEST_UNKNOWN", "manifest unknown", { name: repository, [key]: reference })
}
