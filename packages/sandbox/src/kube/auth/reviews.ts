import type { ApiError, KubeObject } from "../client.ts"
import { badRequest } from "../errors.ts"
import { isRecord, type Json, listAt, recordAt, stringAt, valueAt } from "../json.ts"
import { invalid } from "../validation/index.ts"
import type { UserInfo } from "../verbs/index.ts"
import type { Attributes } from "./attributes.ts"
import { AUDIENCE } from "./service-account-tokens.ts"
import type { Rbac } from "./rbac.ts"

/** Answers questions about who may do what; nothing of it is stored. Each takes the object that was sent. */
export class Reviews {
  readonly #rbac: Rbac
  readonly #authenticate: (token: string, audiences: readonly string[]) => UserInfo | undefined

  constructor(rbac: Rbac, authenticate: (token: string, audiences: readonly string[]) => UserInfo | undefined) {
    this.#rbac = rbac
    this.#authenticate = authenticate
  }

  subjectAccess(review: KubeObject): KubeObject {
    const spec = recordAt(review, "spec")
    const username = stringAt(spec, "user") ?? ""
    const groups = listAt(spec, "groups").map(String)
    if (username === "" && groups.length === 0)
      throw invalidReview("spec.user", "", "at least one of user or group must be specified")
    return this.#decided(review, { username, groups })
  }

  localSubjectAccess(review: KubeObject, namespace: string): KubeObject {
    const asked = stringAt(review, "spec", "resourceAttributes", "namespace")
    if (asked !== undefined && asked !== namespace)
      throw invalidReview("spec.resourceAttributes.namespace", asked, "must match metadata.namespace")
    return this.subjectAccess(review)
  }

  selfSubjectAccess(review: KubeObject, user: UserInfo): KubeObject {
    return this.#decided(review, user)
  }

  selfSubjectRules(review: KubeObject, user: UserInfo): KubeObject {
    const namespace = stringAt(review, "spec", "namespace") ?? ""
    if (namespace === "") throw badRequest("no namespace on request")
    const rules = this.#rbac.rulesFor(user, namespace)
    const status: Json = {
      resourceRules: rules
        .filter((rule) => (rule.resources ?? []).length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) =>
          withoutEmpty({ verbs, apiGroups, resources, resourceNames }),
        ),
      nonResourceRules: rules
        .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    }
    return { ...review, metadata: {}, spec: {}, status } as KubeObject
  }

  token(review: KubeObject): KubeObject {
    const token = stringAt(review, "spec", "token") ?? ""
    if (token === "") throw badRequest("token is required for TokenReview in authentication")
    const asked = listAt(review, "spec", "audiences").map(String)
    const audiences = asked.length === 0 ? [AUDIENCE] : asked
    const user = this.#authenticate(token, audiences)
    const status: Json =
      user === undefined
        ? { user: {}, error: "invalid bearer token" }
        : { authenticated: true, user, audiences: audiences.filter((audience) => audience === AUDIENCE) }
    return { ...review, status } as KubeObject
  }

  selfSubject(review: KubeObject, user: UserInfo, now: string): KubeObject {
    return { ...review, metadata: { creationTimestamp: now }, status: { userInfo: user } } as KubeObject
  }

  #decided(review: KubeObject, user: UserInfo): KubeObject {
    const { allowed, reason } = this.#rbac.authorize(asked(review, user))
    return { ...review, status: { allowed, ...(reason === "" ? {} : { reason }) } } as KubeObject
  }
}

function asked(review: KubeObject, user: UserInfo): Attributes {
  const resource = valueAt(review, "spec", "resourceAttributes")
  const path = valueAt(review, "spec", "nonResourceAttributes")
  if (isRecord(resource) === isRecord(path))
    throw invalidReview(
      "spec.resourceAttributes",
      null,
      "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    )
  const text = (from: unknown, field: string): string => stringAt(from, field) ?? ""
  if (isRecord(path)) return { user, verb: text(path, "verb"), path: text(path, "path") }
  return {
    user,
    verb: text(resource, "verb"),
    group: text(resource, "group"),
    resource: text(resource, "resource"),
    subresource: text(resource, "subresource"),
    namespace: text(resource, "namespace"),
    name: text(resource, "name"),
  }
}

/** The real server forgets which kind of review it was. */
function invalidReview(field: string, value: unknown, why: string): ApiError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`
  return invalid({ group: "authorization.k8s.io", kind: "" }, "", [{ field, reason: "FieldValueInvalid", message }])
}

function withoutEmpty(rule: Readonly<Record<string, readonly string[] | undefined>>): Json {
  return Object.fromEntries(Object.entries(rule).filter(([, values]) => (values ?? []).length > 0))
}
