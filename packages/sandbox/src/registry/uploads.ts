import { send } from "../http/index.ts"
import { isRepositoryName, parseDigest } from "../oci/index.ts"
import { requireDigest } from "./blobs.ts"
import { RegistryError } from "./errors.ts"
import { notAllowed, type Exchange } from "./exchange.ts"
import { blobType } from "./notifier.ts"

/**
 * `POST /v2/NAME/blobs/uploads/`: begins an upload, or with `digest` is the whole upload, or with `mount` and `from` takes
 * the blob of another repository (distribution-spec, "Pushing blobs").
 */
export async function startUpload(exchange: Exchange, repository: string): Promise<void> {
  const { request, url, blobs } = exchange
  if (request.method !== "POST") throw notAllowed(request, "POST")
  if (await mounted(exchange, repository)) return
  const id = await blobs.beginUpload(repository)
  const digest = url.searchParams.get("digest")
  if (digest !== null) return finish(exchange, repository, id, digest)
  progress(exchange, repository, id, 0, 202)
}

/** `PATCH` (a chunk), `PUT` (the end), `GET` (how far) and `DELETE` (cancel) of an upload. */
export async function serveUpload(exchange: Exchange, repository: string, id: string): Promise<void> {
  const { request, response, url, blobs } = exchange
  // Ids are made here; anything else could name another file.
  if (!/^[0-9a-f-]{36}$/.test(id))
    throw new RegistryError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", { uuid: id })
  switch (request.method) {
    case "GET":
      return progress(exchange, repository, id, await blobs.uploaded(repository, id), 204)
    case "DELETE":
      await blobs.cancel(repository, id)
      return send(response, 204, "", { "docker-upload-uuid": id })
    case "PATCH":
      return progress(exchange, repository, id, await append(exchange, repository, id), 202)
    case "PUT": {
      return finish(exchange, repository, id, url.searchParams.get("digest") ?? "")
    }
    default:
      throw notAllowed(request, "DELETE, GET, PATCH, PUT")
  }
}

async function finish(exchange: Exchange, repository: string, id: string, text: string): Promise<void> {
  const { response, blobs } = exchange
  const digest = requireDigest(text)
  const size = await append(exchange, repository, id)
  await blobs.commit(repository, id, digest)
  exchange.notify({ action: "push", repository, digest, size, mediaType: blobType })
  send(response, 201, "", { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest })
}

async function append({ request, response, blobs }: Exchange, repository: string, id: string): Promise<number> {
  const header = request.headers["content-range"]
  if (header === undefined) return blobs.append(repository, id, request)
  const [, start, end] = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/.*)?$/.exec(header) ?? []
  const size = await blobs.uploaded(repository, id)
  if (start === undefined || Number(start) !== size || Number(end) < Number(start)) {
    // What the client sends now cannot be used; it starts again from the range that it is told.
    response.setHeader("connection", "close")
    throw new RegistryError(
      "RANGE_INVALID",
      `the next chunk must begin at byte ${size}`,
      { range: header },
      place(repository, id, size),
    )
  }
  return blobs.append(repository, id, request, Number(end) - Number(start) + 1)
}

async function mounted(exchange: Exchange, repository: string): Promise<boolean> {
  const { response, url, blobs } = exchange
  const digest = parseDigest(url.searchParams.get("mount") ?? "")?.digest
  const from = url.searchParams.get("from")
  if (digest === undefined || from === null || !isRepositoryName(from) || !mayPull(exchange, from)) return false
  if (!(await blobs.mount(from, repository, digest))) return false
  const size = (await blobs.size(repository, digest)) ?? 0
  exchange.notify({ action: "mount", repository, digest, size, mediaType: blobType, fromRepository: from })
  send(response, 201, "", { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest })
  return true
}

/** A blob of a repository that the client may not read is not mounted: it uploads it, which proves that it has it. */
function mayPull({ access, request }: Exchange, repository: string): boolean {
  try {
    access.require(request, { kind: "repository", repository, permission: "pull" })
    return true
  } catch (error) {
    if (error instanceof RegistryError) return false
    throw error
  }
}

function progress({ response }: Exchange, repository: string, id: string, size: number, status: 202 | 204): void {
  send(response, status, "", place(repository, id, size))
}

function place(repository: string, id: string, size: number): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(size - 1, 0)}`,
    "docker-upload-uuid": id,
  }
}
