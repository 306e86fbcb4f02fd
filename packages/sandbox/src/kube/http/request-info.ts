/** What a URL path and method say, before anything is looked up. */
export type RequestInfo = ResourceRequest | NonResourceRequest

export interface ResourceRequest {
  readonly isResource: true
  readonly path: string
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`. */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** "" where the path names none. */
  readonly namespace: string
  readonly name: string
  /** What follows the subresource: the path of a proxy request. */
  readonly rest: readonly string[]
}

export interface NonResourceRequest {
  readonly isResource: false
  readonly path: string
  /** The HTTP method in lower case. */
  readonly verb: string
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
}

/** Subresources of namespaces; any other third part of such a path is a resource in the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"])

/**
 * Undefined: the path has a part that cannot be decoded. The rules are those of the real server's request info, so that
 * authorization sees the same verb and resource for every path, also for those that nothing is served on.
 */
export function requestInfo(method: string, url: URL): RequestInfo | undefined {
  const path = url.pathname
  const verb = method.toLowerCase()
  let parts: string[]
  try {
    parts = path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
  const nonResource: NonResourceRequest = { isResource: false, path, verb }
  const [prefix, ...afterPrefix] = parts
  let group = ""
  let rest = afterPrefix
  if (prefix === "apis") {
    group = rest[0] ?? ""
    rest = rest.slice(1)
  } else if (prefix !== "api") return nonResource
  if (rest.length < 2) return nonResource
  const [version = "", ...versioned] = rest
  const watchPrefix = versioned[0] === "watch" && versioned.length > 1
  let about = watchPrefix ? versioned.slice(1) : versioned
  let namespace = ""
  if (about[0] === "namespaces" && about[1] !== undefined) {
    namespace = about[1]
    if (about[2] !== undefined && !NAMESPACE_SUBRESOURCES.has(about[2])) about = about.slice(2)
  }
  const [resource = "", pathName = "", subresource = "", ...further] = about
  const plain = watchPrefix ? "watch" : (VERBS[method] ?? "")
  const collective = pathName === "" ? collectionVerb(plain, url) : plain
  const name = pathName === "" ? nameInSelector(collective, url) : pathName
  return {
    isResource: true,
    path,
    verb: collective,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    rest: further,
  }
}

function collectionVerb(verb: string, url: URL): string {
  if (verb === "get") return isTrue(url.searchParams.get("watch")) ? "watch" : "list"
  return verb === "delete" ? "deletecollection" : verb
}

/** A list of exactly one name is authorized like a request for it. */
function nameInSelector(verb: string, url: URL): string {
  if (verb !== "list" && verb !== "watch") return ""
  const selector = url.searchParams.get("fieldSelector") ?? ""
  return /(?:^|,)metadata\.name==?([^,=\\]+)(?:,|$)/.exec(selector)?.[1] ?? ""
}

/** A boolean of a query, as the real server reads it: anything that is there and neither 0 nor false. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false"
}
