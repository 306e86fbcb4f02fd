import { isDigest, type Digest } from "./digest.ts"

/** An image reference with all that is left out filled in. */
export interface Reference {
  /** `docker.io`, `127.0.0.1:5000`, … */
  readonly host: string
  /** `library/podinfo` */
  readonly repository: string
  /** Absent only where a digest is given without a tag. */
  readonly tag?: string
  /** Wins over the tag. */
  readonly digest?: Digest
}

/** A reference that cannot be read; the message is worded as container runtimes word it. */
export class InvalidReferenceError extends Error {
  override readonly name = "InvalidReferenceError"
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
const repositoryShape = new RegExp(`^${component}(?:/${component})*$`)
const tagShape = /^\w[\w.-]{0,127}$/
const hostShape = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/

/** The repository name of the distribution specification ("Pulling manifests"), at most 255 characters. */
export function isRepositoryName(text: string): boolean {
  return text.length <= 255 && repositoryShape.test(text)
}

/** The tag of the distribution specification. */
export function isTag(text: string): boolean {
  return tagShape.test(text)
}

/**
 * Reads `[host[:port]/]path[:tag][@digest]` as Docker, containerd and the kubelet do: a first part is a host when it has
 * a dot, a colon or an upper-case letter or is `localhost`; otherwise the host is `docker.io`, and a path of one part
 * lies in `library/`. Without tag and digest the tag is `latest`. Throws `InvalidReferenceError`.
 */
export function parseReference(text: string): Reference {
  const { name, tag, digest } = splitReference(text)
  const slash = name.indexOf("/")
  const first = name.slice(0, Math.max(slash, 0))
  const hasHost = slash >= 0 && (/[.:A-Z]/.test(first) || first === "localhost")
  const given = hasHost ? first : "docker.io"
  const path = hasHost ? name.slice(slash + 1) : name
  const host = given === "index.docker.io" ? "docker.io" : given
  const repository = host === "docker.io" && path !== "" && !path.includes("/") ? `library/${path}` : path
  if (repository !== repository.toLowerCase()) {
    throw new InvalidReferenceError(`invalid reference format: repository name (${repository}) must be lowercase`)
  }
  if (!hostShape.test(host) || !repositoryShape.test(repository))
    throw new InvalidReferenceError("invalid reference format")
  if (repository.length > 255) throw new InvalidReferenceError("repository name must not be more than 255 characters")
  if (tag === undefined)
    return digest === undefined ? { host, repository, tag: "latest" } : { host, repository, digest }
  return digest === undefined ? { host, repository, tag } : { host, repository, tag, digest }
}

function splitReference(text: string): { name: string; tag?: string; digest?: Digest } {
  const at = text.indexOf("@")
  const digest = at < 0 ? undefined : text.slice(at + 1)
  if (digest !== undefined && !isDigest(digest)) throw new InvalidReferenceError("invalid reference format")
  const rest = at < 0 ? text : text.slice(0, at)
  const colon = rest.lastIndexOf(":")
  const hasTag = colon > rest.lastIndexOf("/")
  const tag = hasTag ? rest.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) throw new InvalidReferenceError("invalid reference format")
  return {
    name: hasTag ? rest.slice(0, colon) : rest,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** The whole form, as runtimes show it: `docker.io/library/podinfo:0.1.0`. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`
}
