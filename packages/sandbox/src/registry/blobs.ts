import { pipeline } from "node:stream/promises"
import { send } from "../http/index.ts"
import { parseDigest, type Digest } from "../oci/index.ts"
import { RegistryError } from "./errors.ts"
import { clientHas, notAllowed, type Exchange } from "./exchange.ts"
import { blobType } from "./notifier.ts"

/** `GET`, `HEAD` and `DELETE` of `/v2/NAME/blobs/DIGEST` (distribution-spec, "Pulling blobs", "Deleting Blobs"). */
export async function serveBlob(exchange: Exchange, repository: string, text: string): Promise<void> {
  const { request, response, blobs } = exchange
  const digest = requireDigest(text)
  if (request.method === "DELETE") {
    if (!(await blobs.remove(repository, digest))) throw unknownBlob(digest)
    exchange.notify({ action: "delete", repository, digest })
    return send(response, 202)
  }
  if (request.method !== "GET" && request.method !== "HEAD") throw notAllowed(request, "DELETE, GET, HEAD")
  const size = await blobs.size(repository, digest)
  if (size === undefined) throw unknownBlob(digest)
  const headers = {
    "content-type": blobType,
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "accept-ranges": "bytes",
    "cache-control": "max-age=31536000",
  }
  if (clientHas(request, headers.etag)) {
    return send(response, 304, "", { "docker-content-digest": digest, etag: headers.etag })
  }
  const range = parseRange(request.headers.range, size)
  if (range === "unsatisfiable" || range === "malformed") {
    throw new RegistryError("RANGE_INVALID", "the range is outside of the blob", null, {
      "docker-content-digest": digest,
      ...(range === "unsatisfiable" && { "content-range": `bytes */${size}` }),
    })
  }
  const length = range ? range.end - range.start + 1 : size
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "content-length": length,
    ...(range ? { "content-range": `bytes ${range.start}-${range.end}/${size}` } : {}),
  })
  exchange.notify({ action: "pull", repository, digest, size, mediaType: blobType })
  if (request.method === "HEAD" || length === 0) {
    response.end()
    return
  }
  await pipeline(blobs.read(digest, range), response)
}

/** One range of bytes (RFC 9110, 14.1.2); undefined for none or several: the whole is sent then. */
function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | "malformed" | undefined {
  if (header === undefined || header.includes(",")) return undefined
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (from === "" && to === "") return "malformed"
  const start = from === "" ? Math.max(size - Number(to), 0) : Number(from)
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1)
  if (start >= size || (from === "" && Number(to) === 0)) return "unsatisfiable"
  return end < start ? "malformed" : { start, end }
}

export function requireDigest(text: string): Digest {
  const parsed = parseDigest(text)
  if (!parsed) {
    throw new RegistryError("DIGEST_INVALID", "provided digest did not match uploaded content", {
      digest: text,
      reason: "it is not well formed or its algorithm is not supported",
    })
  }
  return parsed.digest
}

function unknownBlob(digest: Digest): RegistryError {
  return new RegistryError("BLOB_UNKNOWN", "blob unknown to registry", { digest })
}
