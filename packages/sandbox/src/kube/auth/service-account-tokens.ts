import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import type { KubeObject } from "../client.ts"
import type { Json } from "../json.ts"
import { isRecord, stringAt, valueAt } from "../json.ts"
import { keyOf, type Store } from "../store/index.ts"
import type { UserInfo } from "../verbs/index.ts"
import type { TokenAuthenticator } from "./authenticator.ts"

/** Who issues the tokens and whom they are for, unless they are asked for somebody else. */
export const AUDIENCE = "https://kubernetes.default.svc"

/** An object whose end is the end of the token. */
export interface BoundObject {
  readonly kind: "Pod" | "Secret" | "Node"
  readonly name: string
  readonly uid: string
}

export interface TokenClaims {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  readonly bound?: BoundObject
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
}

const BOUND_COLLECTIONS = { Pod: "pods", Secret: "secrets", Node: "nodes" } as const

/** Issues tokens of service accounts (signed JWTs), and knows its own again as long as what they are bound to exists. */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly #store: Store
  readonly #clock: () => Date
  readonly #uuid: () => string
  #keys: { readonly id: string; readonly private: KeyObject; readonly public: KeyObject } | undefined

  constructor(store: Store, clock: () => Date, uuid: () => string) {
    this.#store = store
    this.#clock = clock
    this.#uuid = uuid
  }

  issue({ namespace, serviceAccount, bound, audiences, expirationSeconds }: TokenClaims): string {
    const now = Math.floor(this.#clock().getTime() / 1_000)
    const { id, private: key } = this.#signingKeys()
    const header = encode({ alg: "ES256", kid: id })
    const claims = encode({
      aud: audiences,
      exp: now + expirationSeconds,
      iat: now,
      iss: AUDIENCE,
      jti: this.#uuid(),
      "kubernetes.io": {
        namespace,
        ...(bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
        serviceaccount: serviceAccount,
      },
      nbf: now,
      sub: usernameOf(namespace, serviceAccount.name),
    })
    const signature = sign("sha256", Buffer.from(`${header}.${claims}`), { key, dsaEncoding: "ieee-p1363" })
    return `${header}.${claims}.${signature.toString("base64url")}`
  }

  authenticate(token: string, audiences: readonly string[] = [AUDIENCE]): UserInfo | undefined {
    const claims = this.#verified(token)
    if (claims === undefined) return undefined
    const { exp, nbf, aud, jti } = claims
    const now = this.#clock().getTime() / 1_000
    if (typeof exp !== "number" || typeof nbf !== "number" || now >= exp || now < nbf - 10) return undefined
    if (!Array.isArray(aud) || !aud.some((audience) => audiences.includes(String(audience)))) return undefined
    const bindings = claims["kubernetes.io"]
    const namespace = stringAt(bindings, "namespace") ?? ""
    const name = stringAt(bindings, "serviceaccount", "name") ?? ""
    const uid = stringAt(bindings, "serviceaccount", "uid") ?? ""
    if (!this.#exists("serviceaccounts", namespace, name, uid)) return undefined
    for (const [kind, collection] of Object.entries(BOUND_COLLECTIONS)) {
      const bound = valueAt(bindings, kind.toLowerCase())
      if (bound === undefined) continue
      const at = kind === "Node" ? "" : namespace
      if (!this.#exists(collection, at, stringAt(bound, "name") ?? "", stringAt(bound, "uid") ?? "")) return undefined
    }
    return {
      username: usernameOf(namespace, name),
      uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": [`JTI=${String(jti)}`],
        ...extraOfPod(valueAt(bindings, "pod")),
      },
    }
  }

  /** The public key as a JSON Web Key Set, for those who check tokens themselves. */
  keySet(): Json {
    const { id, public: key } = this.#signingKeys()
    return { keys: [{ use: "sig", kid: id, alg: "ES256", ...key.export({ format: "jwk" }) }] }
  }

  #verified(token: string): Json | undefined {
    const [header = "", claims = "", signature = ""] = token.split(".")
    // Without keys of ours nothing can be ours.
    if (signature === "" || this.#keys === undefined) return undefined
    const genuine = verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      { key: this.#keys.public, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    )
    if (!genuine) return undefined
    const decoded: unknown = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))
    return isRecord(decoded) ? decoded : undefined
  }

  #exists(collection: string, namespace: string, name: string, uid: string): boolean {
    const found: KubeObject | undefined = this.#store.collection(collection).get(keyOf(namespace, name))
    return found !== undefined && found.metadata.uid === uid
  }

  #signingKeys(): { readonly id: string; readonly private: KeyObject; readonly public: KeyObject } {
    if (this.#keys !== undefined) return this.#keys
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const publicKey = createPublicKey(privateKey)
    const id = createHash("sha256")
      .update(publicKey.export({ format: "der", type: "spki" }))
      .digest("base64url")
    this.#keys = { id, private: privateKey, public: publicKey }
    return this.#keys
  }
}

export function usernameOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function extraOfPod(pod: unknown): Record<string, readonly string[]> {
  if (pod === undefined) return {}
  return {
    "authentication.kubernetes.io/pod-name": [stringAt(pod, "name") ?? ""],
    "authentication.kubernetes.io/pod-uid": [stringAt(pod, "uid") ?? ""],
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")
