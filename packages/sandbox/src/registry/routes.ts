/** What a path of the distribution API names (distribution-spec, "Endpoints"). Names are not checked here. */
export type Route =
  | { readonly kind: "version" }
  | { readonly kind: "catalog" }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly id: string }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: string }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: string }

const uploads = /^\/v2\/(.+)\/blobs\/uploads\/?$/
const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/
const part = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/
const tags = /^\/v2\/(.+)\/tags\/list$/

export function parseRoute(path: string): Route | undefined {
  if (path === "/v2/" || path === "/v2") return { kind: "version" }
  if (path === "/v2/_catalog") return { kind: "catalog" }
  const [, uploadsOf] = uploads.exec(path) ?? []
  if (uploadsOf !== undefined) return { kind: "uploads", repository: uploadsOf }
  const [, uploadOf, id] = upload.exec(path) ?? []
  if (uploadOf !== undefined && id !== undefined) return { kind: "upload", repository: uploadOf, id }
  const [, tagsOf] = tags.exec(path) ?? []
  if (tagsOf !== undefined) return { kind: "tags", repository: tagsOf }
  const [, repository, kind, last] = part.exec(path) ?? []
  if (repository === undefined || last === undefined) return undefined
  if (kind === "blobs") return { kind: "blob", repository, digest: last }
  if (kind === "manifests") return { kind: "manifest", repository, reference: last }
  return { kind: "referrers", repository, digest: last }
}
