import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from "../types.gen.ts"
import { follows, internalForm, requiredName } from "./checks.ts"
import { invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain, pathSegment } from "./names.ts"
import { labelSelector } from "./selectors.ts"

const GROUP = "rbac.authorization.k8s.io"

export function* validateRole(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  yield* validateMeta(object, pathSegment)
  for (const [index, rule] of ((object as Role).rules ?? []).entries()) {
    yield* policyRule(`rules[${index}]`, rule, true)
  }
  if (old !== undefined) yield* validateMetaUpdate(object, old)
}

export function* validateClusterRole(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { rules, aggregationRule } = object as ClusterRole
  yield* validateMeta(object, pathSegment)
  for (const [index, rule] of (rules ?? []).entries()) yield* policyRule(`rules[${index}]`, rule, false)
  if (aggregationRule !== undefined) {
    const path = "aggregationRule.clusterRoleSelectors"
    const selectors = aggregationRule.clusterRoleSelectors ?? []
    if (selectors.length === 0) {
      yield required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    }
    for (const [index, selector] of selectors.entries()) yield* labelSelector(`${path}[${index}]`, selector)
  }
  if (old !== undefined) yield* validateMetaUpdate(object, old)
}

function* policyRule(path: string, rule: PolicyRule, namespaced: boolean): Iterable<FieldError> {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  if ((verbs ?? []).length === 0) yield required(`${path}.verbs`, "verbs must contain at least one value")
  if (nonResourceURLs.length > 0) {
    const field = `${path}.nonResourceURLs`
    if (namespaced) yield invalidValue(field, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs")
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      yield invalidValue(field, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs")
    }
    return
  }
  if (apiGroups.length === 0) yield required(`${path}.apiGroups`, "resource rules must supply at least one api group")
  if (resources.length === 0) yield required(`${path}.resources`, "resource rules must supply at least one resource")
}

export function* validateRoleBinding(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  yield* binding(object as RoleBinding, ["Role", "ClusterRole"], old as RoleBinding | undefined)
}

export function* validateClusterRoleBinding(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  yield* binding(object as ClusterRoleBinding, ["ClusterRole"], old as ClusterRoleBinding | undefined)
}

function* binding(
  object: KubeObject & { readonly roleRef: RoleRef; readonly subjects?: readonly Subject[] },
  kinds: readonly string[],
  old: (KubeObject & { readonly roleRef: RoleRef }) | undefined,
): Iterable<FieldError> {
  const { roleRef, subjects } = object
  yield* validateMeta(object, pathSegment)
  if (roleRef.apiGroup !== GROUP) yield notSupported("roleRef.apiGroup", roleRef.apiGroup, [GROUP])
  if (!kinds.includes(roleRef.kind)) yield notSupported("roleRef.kind", roleRef.kind, kinds)
  yield* requiredName(pathSegment, "roleRef.name", roleRef.name)
  for (const [index, subject] of (subjects ?? []).entries()) {
    yield* validateSubject(`subjects[${index}]`, subject, kinds.includes("Role"))
  }
  if (old === undefined) return
  yield* validateMetaUpdate(object, old)
  if (equalJson(roleRef, old.roleRef)) return
  const { apiGroup, ...rest } = roleRef
  yield invalidValue("roleRef", { APIGroup: apiGroup, ...internalForm(rest, "Kind", "Name") }, "cannot change roleRef")
}

function* validateSubject(path: string, subject: Subject, namespaced: boolean): Iterable<FieldError> {
  const { kind, name, apiGroup = "", namespace = "" } = subject
  if (name === "") yield required(`${path}.name`)
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") yield* follows(dnsSubdomain, `${path}.name`, name)
      if (apiGroup !== "") yield notSupported(`${path}.apiGroup`, apiGroup, [""])
      if (!namespaced && namespace === "") yield required(`${path}.namespace`)
      return
    case "User":
    case "Group":
      if (apiGroup !== GROUP) yield notSupported(`${path}.apiGroup`, apiGroup, [GROUP])
      return
    default:
      yield notSupported(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"])
  }
}
