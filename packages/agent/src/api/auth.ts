import { createHash } from "node:crypto"
import { SerinError } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Clock } from "../runtime/index.ts"
import type { Person } from "./services.ts"

/** An action on an object of ours, as the cluster's authorisers see it. */
export interface Permission {
  readonly resource: "repositories" | "canaries"
  readonly verb: string
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly name?: string
}

export interface Caller extends Person {
  readonly groups: readonly string[]
}

interface TokenReview extends KubeObject {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: { readonly username?: string; readonly groups?: readonly string[] }
  }
}
interface SubjectAccessReview extends KubeObject {
  readonly status?: { readonly allowed?: boolean }
}

const keepMs = 30_000
const keepAtMost = 1_000

/** Who a token belongs to and what they may do is the cluster's to say: TokenReview and SubjectAccessReview, kept for half a minute. */
export class Authority {
  readonly #kube: KubeClient
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()

  constructor(kube: KubeClient, clock: Clock) {
    this.#kube = kube
    this.#clock = clock
  }

  /** Rejects with UNAUTHENTICATED. */
  async callerOf(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]
    if (token === undefined) throw new SerinError("UNAUTHENTICATED", "the request has no bearer token")
    // The token itself is not kept, only what it hashes to.
    const caller = await this.#once(createHash("sha256").update(token).digest("hex"), () => this.#review(token))
    if (caller === undefined) throw new SerinError("UNAUTHENTICATED", "the cluster does not know this token")
    return caller
  }

  /** Rejects with DENIED, naming the right that is missing. */
  async require(caller: Caller, permission: Permission): Promise<void> {
    const allowed = await this.#once(JSON.stringify([caller, permission]), () => this.#access(caller, permission))
    if (allowed) return
    const where = permission.namespace === undefined ? "in all namespaces" : `in namespace ${permission.namespace}`
    throw new SerinError(
      "DENIED",
      `${caller.name} may not ${permission.verb} ${permission.resource}.serin.dev ${where}`,
    )
  }

  async #review(token: string): Promise<Caller | undefined> {
    const review = await this.#kube.create<TokenReview & { spec: { token: string } }>({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: { name: "" },
      spec: { token },
    })
    if (!review.ok) throw review.error
    const { authenticated, user } = review.value.status ?? {}
    if (authenticated !== true || user?.username === undefined) return undefined
    return { name: user.username, groups: user.groups ?? [] }
  }

  async #access(caller: Caller, { resource, verb, namespace, name }: Permission): Promise<boolean> {
    const review = await this.#kube.create<SubjectAccessReview & { spec: object }>({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: { name: "" },
      spec: {
        user: caller.name,
        groups: caller.groups,
        resourceAttributes: {
          group: "serin.dev",
          resource,
          verb,
          ...(namespace === undefined ? {} : { namespace }),
          ...(name === undefined ? {} : { name }),
        },
      },
    })
    if (!review.ok) throw review.error
    return review.value.status?.allowed === true
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#clock.now()
    const kept = this.#kept.get(key)
    if (kept && kept.until > now) return kept.answer as Promise<T>
    if (this.#kept.size >= keepAtMost) this.#kept.clear()
    const answer = ask()
    this.#kept.set(key, { until: now + keepMs, answer })
    // A cluster that could not be asked is asked again next time.
    answer.catch(() => this.#kept.delete(key))
    return answer
  }
}
