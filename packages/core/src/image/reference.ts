/** An image reference with Docker's defaults made explicit (distribution-spec "reference" grammar). */
export interface ImageReference {
  /** Host, e.g. `docker.io`, `localhost:5000`. */
  readonly registry: string
  /** Path below the host, e.g. `library/podinfo`. */
  readonly repository: string
  readonly tag?: string
  /** `sha256:…` */
  readonly digest?: string
}

const DEFAULT_REGISTRY = "docker.io"
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/

interface Parts {
  readonly name: string
  readonly tag?: string
  readonly digest?: string
}

function split(text: string): Parts {
  const at = text.indexOf("@")
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const rest = at < 0 ? text : text.slice(0, at)
  const colon = rest.lastIndexOf(":")
  // A colon before the last slash belongs to a port, not to a tag.
  const tagged = colon > rest.lastIndexOf("/")
  return {
    name: tagged ? rest.slice(0, colon) : rest,
    ...(tagged && { tag: rest.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  }
}

/** Reads `podinfo:0.1.0`, `ghcr.io/a/b@sha256:…`, …; undefined when it is not an image reference. */
export function parseReference(text: string): ImageReference | undefined {
  const { name, tag, digest } = split(text)
  if (tag !== undefined && !TAG.test(tag)) return undefined
  if (digest !== undefined && !DIGEST.test(digest)) return undefined
  const slash = name.indexOf("/")
  const first = slash < 0 ? "" : name.slice(0, slash)
  const hasHost = first.includes(".") || first.includes(":") || first === "localhost" || first !== first.toLowerCase()
  const host = hasHost ? first : DEFAULT_REGISTRY
  const registry = host === "index.docker.io" ? DEFAULT_REGISTRY : host
  const path = hasHost ? name.slice(slash + 1) : name
  const repository = registry === DEFAULT_REGISTRY && !path.includes("/") ? `library/${path}` : path
  if (!HOST.test(registry) || !repository.split("/").every((part) => PATH_COMPONENT.test(part))) return undefined
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

/** The full form, e.g. `docker.io/library/podinfo:0.1.0`. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`
  return `${reference.registry}/${reference.repository}${tag}${digest}`
}

/** Registry and repository only: the key under which tags are listed. */
export function repositoryOf(reference: ImageReference): string {
  return `${reference.registry}/${reference.repository}`
}

/** The tag a reference stands for: `latest` when neither tag nor digest is given. */
export function effectiveTag(reference: ImageReference): string | undefined {
  return reference.tag ?? (reference.digest === undefined ? "latest" : undefined)
}

/** The same image text with another tag (and digest): the writer's spelling of the name is kept. */
export function withTag(text: string, tag: string, digest?: string): string {
  return `${split(text).name}:${tag}${digest === undefined ? "" : `@${digest}`}`
}

/** The text without its digest, for messages: `podinfo:0.2.1`. */
export function withoutDigest(text: string): string {
  const { name, tag } = split(text)
  return tag === undefined ? name : `${name}:${tag}`
}

/**
 * Whether two texts mean the same image. A digest is compared only when both state one, so that a manifest's
 * `podinfo:0.2.1` is the revision `podinfo:0.2.1@sha256:…`.
 */
export function sameImage(left: string, right: string): boolean {
  if (left === right) return true
  const a = parseReference(left)
  const b = parseReference(right)
  if (a === undefined || b === undefined || repositoryOf(a) !== repositoryOf(b)) return false
  if (a.digest !== undefined && b.digest !== undefined && a.digest !== b.digest) return false
  if (a.tag !== undefined && b.tag !== undefined) return a.tag === b.tag
  if (a.digest !== undefined && b.digest !== undefined) return true
  return effectiveTag(a) === effectiveTag(b)
}
