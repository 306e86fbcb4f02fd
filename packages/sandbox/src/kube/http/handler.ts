import { unauthorized } from "../errors.ts"
import {
  ANONYMOUS,
  type Attributes,
  forbiddenBy,
  impersonated,
  type Rbac,
  type TokenAuthenticator,
} from "../auth/index.ts"
import type { IncomingMessage } from "node:http"
import type { Json } from "../json.ts"
import { adviceForKubectl } from "../kubectl-version.ts"
import type { Catalog } from "../resources/index.ts"
import type { Caller, UserInfo } from "../verbs/index.ts"
import { sendDocument } from "./documents.ts"
import type { OpenApi } from "./openapi.ts"
import { type RequestInfo, requestInfo, type ResourceRequest } from "./request-info.ts"
import { handleResource, type ResourceHandlerContext } from "./resources.ts"
import { type Exchange, send } from "./respond.ts"

export interface HandlerContext extends ResourceHandlerContext {
  readonly tokens: TokenAuthenticator
  readonly rbac: Rbac
  readonly openapi: OpenApi
  readonly keySet: () => Json
  readonly log: (message: string, fields?: Record<string, unknown>) => void
  /** `host:port`. */
  readonly address: () => string
}

/** Answers one request: who asks, may they, and what about. Throws ApiErrors. */
export async function handle(context: HandlerContext, exchange: Exchange): Promise<void> {
  const { request, url } = exchange
  const info = requestInfo(request.method ?? "GET", url)
  if (info === undefined) return notAPath(exchange)
  const caller: Caller = {
    user: identify(context, request),
    manager: managerOf(request.headers["user-agent"]),
    warn: (message) => exchange.warnings.add(message),
  }
  const advice = adviceForKubectl(request.headers["user-agent"])
  if (advice !== undefined) caller.warn(advice)
  authorize(context.rbac, attributesOf(caller.user, info))
  if (info.isResource) {
    if (!hasHandler(context.machinery.catalog, info)) return notAPath(exchange)
    return handleResource(context, info, exchange, caller)
  }
  if ((await context.openapi.handle(exchange)) || (await sendDocument(context, exchange))) return
  notAPath(exchange)
}

/** The user of the request, or the one that it is allowed to act as. Throws a 401 or 403. */
export function identify(context: Pick<HandlerContext, "tokens" | "rbac">, request: IncomingMessage): UserInfo {
  const user = authenticate(context.tokens, request.headers.authorization)
  return impersonated(user, request.headers, (attributes) => authorize(context.rbac, attributes))
}

/** Throws the 403 of the real server. */
export function authorize(rbac: Rbac, attributes: Attributes): void {
  const { allowed, reason } = rbac.authorize(attributes)
  if (!allowed) throw forbiddenBy(attributes, reason)
}

export function attributesOf(user: UserInfo, info: RequestInfo): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path }
  const { verb, group, resource, subresource, namespace, name } = info
  return { user, verb, group, resource, subresource, namespace, name }
}

function authenticate(tokens: TokenAuthenticator, header: string | undefined): UserInfo {
  if (header === undefined || header === "") return ANONYMOUS
  const token = /^bearer (.+)$/i.exec(header)?.[1]
  const user = token === undefined ? undefined : tokens.authenticate(token.trim())
  if (user === undefined) throw unauthorized()
  return user
}

/** The first word of the User-Agent, as far as a field manager may look. */
export function managerOf(userAgent: string | undefined): string {
  const [name = ""] = (userAgent ?? "").split("/")
  return name.replaceAll(/[^\P{C}]/gu, "").slice(0, 128)
}

/** What answers 404 in JSON: the built-in group versions; below all others only what is really there. */
function hasHandler(catalog: Catalog, { group, version, resource, namespace }: ResourceRequest): boolean {
  const resources = catalog.group(group)?.versions.get(version)
  if (resources === undefined) return false
  const [first] = resources.values()
  if (first?.custom !== true) return true
  const found = resources.get(resource)
  return found !== undefined && (found.namespaced || namespace === "")
}

function notAPath(exchange: Exchange): void {
  send(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n")
}
