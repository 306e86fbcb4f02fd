import type { KubeObject } from "../client.ts"
import type { RuleContext } from "../kinds/index.ts"
import type { Catalog, Resource } from "../resources/index.ts"
import type { Store } from "../store/index.ts"
import type { ObjectModel } from "./object-model.ts"

export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Whoever made the request. */
export interface Caller {
  readonly user: UserInfo
  /** Field manager where the request names none: the first part of the User-Agent. */
  readonly manager: string
  /** Takes what becomes a `Warning` header. */
  readonly warn: (message: string) => void
}

/** What a request is about. `namespace` is set for namespaced resources except when all namespaces are listed. */
export interface Target {
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly name: string
  /** "" for the object itself. */
  readonly subresource: string
}

/** Changes objects on their way in, and refuses them with an ApiError. */
export interface Admission {
  /** The object to go on with. Called after defaulting, before validation. */
  admit(request: AdmissionRequest): KubeObject
  /** Called after validation; throws to refuse the object. */
  check(request: AdmissionRequest): void
  /** Throws to refuse a deletion. */
  admitDelete(target: Target): void
}

export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE"
  readonly target: Target
  readonly object: KubeObject
  readonly old: KubeObject | undefined
  readonly user: UserInfo
}

/** What the verbs work with. */
export interface Machinery {
  readonly store: Store
  readonly catalog: Catalog
  readonly model: ObjectModel
  readonly admission: Admission
  readonly clock: () => Date
  readonly random: () => number
  readonly uuid: () => string
}

/** RFC 3339 with seconds, as object metadata holds times. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

export function ruleContext(machinery: Machinery, dryRun: boolean): RuleContext {
  return {
    now: timestamp(machinery.clock()),
    random: machinery.random,
    stored: (collection) => machinery.store.collection(collection).list(),
    dryRun,
  }
}
