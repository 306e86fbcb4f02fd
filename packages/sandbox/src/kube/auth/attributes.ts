import type { ApiError } from "../client.ts"
import { forbidden, quote } from "../errors.ts"
import type { UserInfo } from "../verbs/index.ts"

/** What somebody wants to do: to a resource, or to a path that is none. */
export type Attributes = ResourceAttributes | PathAttributes

export interface ResourceAttributes {
  readonly user: UserInfo
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  /** "" at the cluster scope and for all namespaces. */
  readonly namespace: string
  readonly name: string
}

export interface PathAttributes {
  readonly user: UserInfo
  readonly verb: string
  readonly path: string
}

/** The 403 in the words of the real server; `reason` is what the authorizer adds. */
export function forbiddenBy(attributes: Attributes, reason: string): ApiError {
  const why = escaped(refusal(attributes)) + (reason === "" ? "" : `: ${reason}`)
  if ("path" in attributes) return forbidden({ group: "", resource: "" }, "", why)
  return forbidden(attributes, attributes.name, why)
}

function refusal(attributes: Attributes): string {
  const subject = `User ${quote(attributes.user.username)} cannot ${attributes.verb}`
  if ("path" in attributes) return `${subject} path ${quote(attributes.path)}`
  const { group, resource, subresource, namespace } = attributes
  const what = subresource === "" ? resource : `${resource}/${subresource}`
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`
  return `${subject} resource ${quote(what)} in API group ${quote(group)} ${where}`
}

/** The real server keeps such messages from looking like HTML. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
