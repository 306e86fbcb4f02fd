import type { ServiceAccountTokens } from "./auth/service-account-tokens.ts"
import type { Reviews } from "./auth/reviews.ts"
import type { KubeObject } from "./client.ts"
import { notServed } from "./errors.ts"
import { recordAt } from "./json.ts"
import { bind, evict, requestToken } from "./subresources/index.ts"
import { type Caller, type DeleteOptions, type Machinery, type Target, timestamp } from "./verbs/index.ts"

export interface OperationRequest {
  readonly caller: Caller
  readonly target: Target
  readonly body: KubeObject
  readonly dryRun: boolean
}

/** A POST that stores nothing of what was sent; undefined: there is nothing to say but that it was done. */
export type Operation = (request: OperationRequest) => KubeObject | undefined

/** By `GROUP/RESOURCE/SUBRESOURCE`. */
export type Operations = ReadonlyMap<string, Operation>

export function operationKey({ resource, subresource }: Target): string {
  return `${resource.group}/${resource.resource}/${subresource}`
}

export function operations(
  machinery: Machinery,
  tokens: ServiceAccountTokens,
  reviews: Reviews,
  deleteOptions: (body: unknown) => DeleteOptions,
): Operations {
  const authentication = "authentication.k8s.io"
  const authorization = "authorization.k8s.io"
  const pod = (target: Target, name: string): Target => {
    const resource = machinery.catalog.find({ group: "", version: "v1", resource: "pods" })
    if (resource === undefined) throw notServed()
    return { resource, namespace: target.namespace, name, subresource: "" }
  }
  return new Map<string, Operation>([
    [
      "/bindings/",
      ({ target, body, dryRun }) => {
        bind(machinery, pod(target, body.metadata.name ?? ""), body, dryRun)
        return undefined
      },
    ],
    [
      "/pods/binding",
      ({ target, body, dryRun }) => {
        bind(machinery, pod(target, target.name), body, dryRun)
        return undefined
      },
    ],
    [
      "/pods/eviction",
      ({ target, body, dryRun }) => {
        const options = deleteOptions(recordAt(body, "deleteOptions"))
        evict(machinery, pod(target, target.name), body, { ...options, dryRun: dryRun || options.dryRun })
        return undefined
      },
    ],
    ["/serviceaccounts/token", ({ target, body }) => requestToken(machinery, tokens, target, body)],
    [`${authentication}/tokenreviews/`, ({ body }) => reviews.token(body)],
    [
      `${authentication}/selfsubjectreviews/`,
      ({ body, caller }) => reviews.selfSubject(body, caller.user, timestamp(machinery.clock())),
    ],
    [`${authorization}/subjectaccessreviews/`, ({ body }) => reviews.subjectAccess(body)],
    [
      `${authorization}/localsubjectaccessreviews/`,
      ({ body, target }) => reviews.localSubjectAccess(body, target.namespace ?? ""),
    ],
    [`${authorization}/selfsubjectaccessreviews/`, ({ body, caller }) => reviews.selfSubjectAccess(body, caller.user)],
    [`${authorization}/selfsubjectrulesreviews/`, ({ body, caller }) => reviews.selfSubjectRules(body, caller.user)],
  ])
}
