import { createHmac, randomBytes } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { basicCredentials, sameSecret, send, sendJson } from "../http/index.ts"
import { RegistryError } from "./errors.ts"
import type { RegistryAuth, RegistryUser } from "./options.ts"

export type Permission = "pull" | "push" | "delete"

/** What a request needs. */
export type Scope =
  | { readonly kind: "any" }
  | { readonly kind: "catalog" }
  | {
      readonly kind: "repository"
      readonly repository: string
      readonly permission: Permission
      /** The repository that a blob is to be mounted from. */
      readonly mounted?: string
    }

const service = "serin-registry"
const tokenSeconds = 300

interface Claims {
  readonly user: string
  /** Repository → what is allowed. */
  readonly grants: Readonly<Record<string, readonly Permission[]>>
  /** Seconds since 1970. */
  readonly expires: number
}

/**
 * Checks who may pull and push. With `bearer` it is also the token server that its challenge names, as described in
 * docker-distribution's "Token Authentication Specification": `GET /token?service=&scope=repository:NAME:pull,push`.
 */
export class Access {
  readonly #auth: RegistryAuth | undefined
  /** Tokens last minutes, so a new key at each start costs a client one more request. */
  readonly #key = randomBytes(32)
  readonly #now: () => number

  constructor(auth: RegistryAuth | undefined, now: () => number) {
    this.#auth = auth
    this.#now = now
  }

  /** The name of who asks ("" for nobody in particular); throws `UNAUTHORIZED` or `DENIED`. */
  require(request: IncomingMessage, scope: Scope): string {
    if (!this.#auth) return ""
    return this.#auth.scheme === "basic"
      ? this.#requireBasic(this.#auth, request, scope)
      : this.#requireBearer(request, scope)
  }

  /** Answers `/token`; false when this registry hands out none. */
  serveToken(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (this.#auth?.scheme !== "bearer") return false
    if (request.method !== "GET") {
      // Clients that try the OAuth2 form (POST) first fall back to GET on 405.
      send(response, 405, "", { allow: "GET" })
      return true
    }
    const header = request.headers.authorization
    const user = this.#user(header)
    if (header !== undefined && !user) {
      const headers = { "www-authenticate": `Basic realm="${service}"` }
      const error = new RegistryError("UNAUTHORIZED", "wrong user name or password", null, headers)
      sendJson(response, error.status, error, headers)
      return true
    }
    const grants = Object.fromEntries(
      url.searchParams
        .getAll("scope")
        .flatMap((scope) => scope.split(" "))
        .flatMap((scope) => this.#grant(scope, user)),
    )
    const token = this.#seal({ user: user?.name ?? "", grants, expires: this.#now() / 1000 + tokenSeconds })
    const issued = new Date(this.#now()).toISOString()
    sendJson(response, 200, { token, access_token: token, expires_in: tokenSeconds, issued_at: issued })
    return true
  }

  #requireBasic(auth: RegistryAuth, request: IncomingMessage, scope: Scope): string {
    const permission = scope.kind === "repository" ? scope.permission : "pull"
    const user = this.#user(request.headers.authorization)
    if (!user) {
      const offered = request.headers.authorization !== undefined
      if (!offered && auth.anonymousPull && permission === "pull") return ""
      throw new RegistryError("UNAUTHORIZED", "authentication required", null, {
        "www-authenticate": `Basic realm="${service}"`,
      })
    }
    if (!may(user, permission)) throw denied(permission)
    return user.name
  }

  #requireBearer(request: IncomingMessage, scope: Scope): string {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
    const claims = this.#unseal(token)
    if (claims) {
      if (scope.kind !== "repository") return claims.user
      if (claims.grants[scope.repository]?.includes(scope.permission)) return claims.user
    }
    const wanted = wantedScopes(scope)
    const asked = wanted === "" ? "" : `,scope="${wanted}"`
    const why = claims ? ',error="insufficient_scope"' : token === undefined ? "" : ',error="invalid_token"'
    throw new RegistryError("UNAUTHORIZED", "authentication required", null, {
      "www-authenticate": `Bearer realm="http://${request.headers.host}/token",service="${service}"${asked}${why}`,
    })
  }

  #user(header: string | undefined): RegistryUser | undefined {
    const given = basicCredentials(header)
    if (!given) return undefined
    return this.#auth?.users.find(
      ({ name, password }) => name === given.username && sameSecret(password, given.password),
    )
  }

  /** What of a requested scope this user gets. */
  #grant(scope: string, user: RegistryUser | undefined): [string, Permission[]][] {
    const [, repository, actions] = /^repository:([^:]+):(.+)$/.exec(scope) ?? []
    if (repository === undefined || actions === undefined) return []
    const asked = actions === "*" ? ["pull", "push", "delete"] : actions.split(",")
    const allowed = (["pull", "push", "delete"] as const).filter(
      (action) =>
        asked.includes(action) && (user ? may(user, action) : action === "pull" && this.#auth?.anonymousPull === true),
    )
    return [[repository, allowed]]
  }

  #seal(claims: Claims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url")
    return `${body}.${this.#sign(body)}`
  }

  #unseal(token: string | undefined): Claims | undefined {
    const [body, signature] = token?.split(".") ?? []
    if (body === undefined || signature === undefined || !sameSecret(this.#sign(body), signature)) return undefined
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Claims
    return claims.expires > this.#now() / 1000 ? claims : undefined
  }

  #sign(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url")
  }
}

/** As a challenge names them ("Token Scope Documentation"). */
function wantedScopes(scope: Scope): string {
  if (scope.kind === "any") return ""
  if (scope.kind === "catalog") return "registry:catalog:*"
  const actions = scope.permission === "push" ? "pull,push" : scope.permission
  const from = scope.mounted === undefined ? "" : ` repository:${scope.mounted}:pull`
  return `repository:${scope.repository}:${actions}${from}`
}

function may(user: RegistryUser, permission: Permission): boolean {
  return permission === "pull" || user.access === "push"
}

function denied(permission: Permission): RegistryError {
  return new RegistryError("DENIED", `requested access to the resource is denied: this user may not ${permission}`)
}
