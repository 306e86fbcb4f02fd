import { type Json, type JsonObject } from "../harness/json.ts"
import { octets, sha256, type SendOptions, type Session } from "./session.ts"

export const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const

/** Uploads a blob unrecorded and returns its digest. */
export async function pushBlob(s: Session, content: string, repository = s.repository, rest: SendOptions = {}) {
  const digest = sha256(content)
  const begun = await s.quiet("POST", s.at("blobs/uploads/", repository), rest)
  const location = String(begun.headers["location"])
  const { status, text } = await s.quiet("PUT", withQuery(location, `digest=${digest}`), {
    ...rest,
    headers: { "content-type": octets, ...rest.headers },
    body: content,
  })
  if (status !== 201) throw new Error(`the blob was not taken: ${String(status)} ${text}`)
  return digest
}

/** Begins an upload, recorded, and returns where to go on. */
export async function beginUpload(s: Session, repository = s.repository): Promise<string> {
  const { headers } = await s.send("POST", s.at("blobs/uploads/", repository))
  return String(headers["location"])
}

/** A location that a registry gave may have a query of its own. */
export function withQuery(location: string, query: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}${query}`
}

export const descriptor = (mediaType: string, content: string): JsonObject => ({
  mediaType,
  digest: sha256(content),
  size: content.length,
})

/** A manifest whose parts are pushed. */
export async function image(s: Session, name: string, extra: JsonObject = {}, repository = s.repository) {
  await pushBlob(s, "{}", repository)
  await pushBlob(s, `layer of ${name}`, repository)
  return manifest(name, extra)
}

export function manifest(name: string, extra: JsonObject = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, "{}"),
    layers: [descriptor(types.layer, `layer of ${name}`)],
    ...extra,
  })
}

export function index(manifests: readonly Json[], mediaType: string = types.index): string {
  return JSON.stringify({ schemaVersion: 2, mediaType, manifests })
}

/** Pushes a manifest unrecorded; returns its digest. */
export async function pushManifest(
  s: Session,
  reference: string,
  content: string,
  contentType: string = types.manifest,
  repository = s.repository,
): Promise<string> {
  const path = s.at(`manifests/${reference}`, repository)
  const { status, text } = await s.quiet("PUT", path, { headers: { "content-type": contentType }, body: content })
  if (status !== 201) throw new Error(`the manifest was not taken: ${String(status)} ${text}`)
  return sha256(content)
}

export function put(s: Session, reference: string, content: string, contentType: string = types.manifest) {
  return s.send("PUT", s.at(`manifests/${reference}`), { headers: { "content-type": contentType }, body: content })
}
