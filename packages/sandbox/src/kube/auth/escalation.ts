import type { KubeObject } from "../client.ts"
import { forbidden, notFound, quote } from "../errors.ts"
import { equalJson } from "../json.ts"
import type { ClusterRole, PolicyRule, RoleBinding } from "../types.gen.ts"
import type { AdmissionRequest, UserInfo } from "../verbs/index.ts"
import type { Rbac } from "./rbac.ts"

const GROUP = "rbac.authorization.k8s.io"

/** Nobody can give rights away that they do not have, unless they may `escalate` roles or `bind` them. Throws a 403. */
export function checkEscalation(rbac: Rbac, request: AdmissionRequest): void {
  const { resource } = request.target.resource
  if (request.target.resource.group !== GROUP) return
  if (resource === "roles" || resource === "clusterroles") checkRole(rbac, request)
  else checkBinding(rbac, request)
}

function checkRole(rbac: Rbac, { target, object, old, user }: AdmissionRequest): void {
  const role = object as ClusterRole
  if (old !== undefined && equalJson((old as ClusterRole).rules ?? [], role.rules ?? [])) return
  if (may(rbac, user, "escalate", target.resource.resource, target.namespace, target.name)) return
  refuseMissing(rbac, user, target.namespace ?? "", role.rules ?? [], request(target, object))
}

function checkBinding(rbac: Rbac, { target, object, user }: AdmissionRequest): void {
  const { roleRef } = object as RoleBinding
  const resource = roleRef.kind === "Role" ? "roles" : "clusterroles"
  if (may(rbac, user, "bind", resource, target.namespace, roleRef.name)) return
  const rules = rbac.rulesOf(roleRef, target.namespace ?? "")
  // The real server names the binding's resource here.
  if (rules === undefined) throw notFound(target.resource, roleRef.name)
  refuseMissing(rbac, user, target.namespace ?? "", rules, request(target, object))
}

interface Refused {
  readonly resource: { readonly group: string; readonly resource: string }
  readonly name: string
}

const request = (target: AdmissionRequest["target"], object: KubeObject): Refused => ({
  resource: target.resource,
  name: object.metadata.name ?? "",
})

function may(
  rbac: Rbac,
  user: UserInfo,
  verb: string,
  resource: string,
  namespace: string | undefined,
  name: string,
): boolean {
  return rbac.authorize({ user, verb, group: GROUP, resource, subresource: "", namespace: namespace ?? "", name })
    .allowed
}

function refuseMissing(
  rbac: Rbac,
  user: UserInfo,
  namespace: string,
  rules: readonly PolicyRule[],
  { resource, name }: Refused,
): void {
  const own = rbac.rulesFor(user, namespace)
  const missing = rules.flatMap(singleRules).filter((rule) => !own.some((held) => covers(held, rule)))
  if (missing.length === 0) return
  const lines = [...new Set(compacted(missing).map(ruleText))].sort()
  const groups = `[${user.groups.map(quote).join(" ")}]`
  throw forbidden(
    resource,
    name,
    `user ${quote(user.username)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`,
  )
}

/** A rule as all the rules with one verb, one group, one resource and at most one name that it stands for. */
function singleRules(rule: PolicyRule): PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const names = resourceNames.length === 0 ? [undefined] : resourceNames
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        names.map((name): PolicyRule => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name === undefined ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
    ...nonResourceURLs.map((url): PolicyRule => ({ verbs: [verb], nonResourceURLs: [url] })),
  ])
}

/** Whether the rule that is held allows everything that the single one does. */
function covers(held: PolicyRule, single: PolicyRule): boolean {
  const has = (all: readonly string[] | undefined, one: string | undefined): boolean =>
    all?.includes("*") === true || (one !== undefined && all?.includes(one) === true)
  if (!has(held.verbs, single.verbs[0])) return false
  const url = single.nonResourceURLs?.[0]
  if (url !== undefined)
    return (held.nonResourceURLs ?? []).some(
      (own) => own === url || (own.endsWith("*") && url.startsWith(own.slice(0, -1))),
    )
  const [resource = ""] = single.resources ?? []
  const [, part] = resource.split("/")
  const heldResource = has(held.resources, resource) || (part !== undefined && has(held.resources, `*/${part}`))
  const name = single.resourceNames?.[0]
  const heldName = (held.resourceNames ?? []).length === 0 || (name !== undefined && has(held.resourceNames, name))
  return has(held.apiGroups, single.apiGroups?.[0]) && heldResource && heldName
}

/** Rules for the same whole resource joined into one with all their verbs. */
function compacted(rules: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const whole = rule.nonResourceURLs === undefined && rule.resourceNames === undefined
    const key = whole ? JSON.stringify([rule.apiGroups, rule.resources]) : JSON.stringify(rule)
    const known = joined.get(key)
    joined.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] })
  }
  return [...joined.values()]
}

function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = {
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  }
  const texts = Object.entries(parts)
    .filter(([, values]) => values !== undefined && values.length > 0)
    .map(([name, values]) => `${name}:[${(values ?? []).map(quote).join(" ")}]`)
  return `{${texts.join(", ")}}`
}
