import type { IncomingHttpHeaders } from "node:http"
import { badRequest, quote } from "../errors.ts"
import type { UserInfo } from "../verbs/index.ts"
import type { ResourceAttributes } from "./attributes.ts"
import { authenticated } from "./authenticator.ts"

const EXTRA = "impersonate-extra-"
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

/**
 * Whom the `Impersonate-*` headers ask to be, after `authorize` has allowed each part of it (it throws a 403 otherwise);
 * the user itself where there are none.
 */
export function impersonated(
  user: UserInfo,
  headers: IncomingHttpHeaders,
  authorize: (attributes: ResourceAttributes) => void,
): UserInfo {
  const username = first(headers["impersonate-user"])
  const groups = list(headers["impersonate-group"])
  const uid = first(headers["impersonate-uid"])
  const extra = extraOf(headers)
  if (username === undefined) {
    if (groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0)
      throw badRequest(`requested ${goText(uid ?? "", groups, extra)} without impersonating a user name`)
    return user
  }
  const may = (group: string, resource: string, name: string, namespace = "", subresource = ""): void =>
    authorize({ user, verb: "impersonate", group, resource, subresource, namespace, name })
  const account = SERVICE_ACCOUNT.exec(username)
  if (account === null) may("", "users", username)
  else may("", "serviceaccounts", account[2] ?? "", account[1] ?? "")
  for (const group of groups) may("", "groups", group)
  if (uid !== undefined) may("authentication.k8s.io", "uids", uid)
  for (const [key, values] of Object.entries(extra))
    for (const value of values) may("authentication.k8s.io", "userextras", value, "", key)
  const implied =
    account === null || groups.length > 0
      ? []
      : ["system:serviceaccounts", `system:serviceaccounts:${account[1] ?? ""}`]
  const result: UserInfo = {
    username,
    groups: [...groups, ...implied],
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
  return username === "system:anonymous" ? result : authenticated(result)
}

/** The real server shows its own data structure here. */
function goText(uid: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): string {
  const list = (values: readonly string[]): string =>
    values.length === 0 ? "[]string(nil)" : `[]string{${values.map(quote).join(", ")}}`
  const entries = Object.entries(extra).map(([key, values]) => `${quote(key)}:${list(values)}`)
  const map = entries.length === 0 ? "map[string][]string(nil)" : `map[string][]string{${entries.join(", ")}}`
  return `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${list(groups)}, Extra:${map}}`
}

function extraOf(headers: IncomingHttpHeaders): Record<string, string[]> {
  const extra: Record<string, string[]> = {}
  for (const [header, value] of Object.entries(headers))
    if (header.startsWith(EXTRA)) extra[decodeURIComponent(header.slice(EXTRA.length))] = list(value)
  return extra
}

/** Node joins repeated headers with ", ". */
const list = (value: string | string[] | undefined): string[] =>
  (Array.isArray(value) ? value : (value ?? "").split(",")).map((part) => part.trim()).filter((part) => part !== "")

const first = (value: string | string[] | undefined): string | undefined => {
  const text = Array.isArray(value) ? value[0] : value
  return text === undefined || text === "" ? undefined : text
}
