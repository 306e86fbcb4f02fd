import { AUDIENCE } from "../auth/index.ts"
import { SERVER_VERSION } from "../data.ts"
import { notServed } from "../errors.ts"
import type { Json } from "../json.ts"
import { type Catalog, groupVersion } from "../resources/index.ts"
import { aggregated, aggregatedVersion, apiVersions, groupDetails, groupList, resourceList } from "./discovery.ts"
import { type Exchange, send, sendJson } from "./respond.ts"

export interface DocumentContext {
  readonly machinery: { readonly catalog: Catalog }
  /** `host:port`. */
  readonly address: () => string
  /** The public keys of service account tokens. */
  readonly keySet: () => Json
}

const TEXT = "text/plain; charset=utf-8"

/** Paths that are no resources: discovery, version, health. False for paths that are none of these either. */
export async function sendDocument(context: DocumentContext, exchange: Exchange): Promise<boolean> {
  const path = exchange.url.pathname.replace(/\/+$/, "")
  const health = /^\/(healthz|livez|readyz)(\/(ping|log|etcd))?$/.exec(path)
  if (health !== null) {
    const verbose = exchange.url.searchParams.has("verbose")
    send(exchange, 200, TEXT, verbose ? `[+]ping ok\n[+]etcd ok\n${health[1]} check passed\n` : "ok")
    return true
  }
  const document = plainDocument(context, path) ?? discoveryDocument(context, exchange, path)
  if (document === undefined) return false
  await sendJson(exchange, 200, document.body, { encoding: "json", as: "object", contentType: document.contentType })
  return true
}

interface Document {
  readonly body: Json
  readonly contentType: string
}

const json = (body: Json | undefined): Document | undefined =>
  body === undefined ? undefined : { body, contentType: "application/json" }

function plainDocument({ machinery, address, keySet }: DocumentContext, path: string): Document | undefined {
  switch (path) {
    case "":
      return json({ paths: allPaths(machinery.catalog) })
    case "/version":
      return json(SERVER_VERSION)
    case "/openid/v1/jwks":
      return { body: keySet(), contentType: "application/jwk-set+json" }
    case "/.well-known/openid-configuration":
      return json({
        issuer: AUDIENCE,
        jwks_uri: `https://${address()}/openid/v1/jwks`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
      })
    default:
      return undefined
  }
}

function discoveryDocument(
  { machinery: { catalog }, address }: DocumentContext,
  { request, response }: Exchange,
  path: string,
): Document | undefined {
  const [root, first, second, more] = path.slice(1).split("/")
  if (more !== undefined || (root !== "api" && root !== "apis")) return undefined
  if (first === undefined) {
    response.setHeader("vary", "Accept")
    const version = aggregatedVersion(request.headers.accept)
    if (version === undefined) return json(root === "api" ? apiVersions(address()) : groupList(catalog))
    return {
      body: aggregated(catalog, root === "api", version),
      contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    }
  }
  if (root === "api") return second === undefined ? json(versionDetails(catalog, "", first)) : undefined
  return json(second === undefined ? groupDetails(catalog, first) : versionDetails(catalog, first, second))
}

/** Of a group that is served, a version that is not answers as a resource that is not. */
function versionDetails(catalog: Catalog, group: string, version: string): Json | undefined {
  const details = resourceList(catalog, group, version)
  if (details === undefined && catalog.group(group) !== undefined) throw notServed()
  return details
}

function allPaths(catalog: Catalog): string[] {
  const groups = catalog.groups.flatMap(({ name, versions }) => {
    const own = name === "" ? "/api" : `/apis/${name}`
    const root = name === "" ? "/api" : "/apis"
    return [own, ...[...versions.keys()].map((version) => `${root}/${groupVersion({ group: name, version })}`)]
  })
  const others = [
    "/.well-known/openid-configuration",
    "/apis",
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ]
  return [...new Set([...groups, ...others])].sort()
}
