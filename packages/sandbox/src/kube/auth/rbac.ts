import { quote } from "../errors.ts"
import type { Store } from "../store/index.ts"
import { keyOf } from "../store/index.ts"
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from "../types.gen.ts"
import type { UserInfo } from "../verbs/index.ts"
import type { Attributes } from "./attributes.ts"
import { ruleAllows } from "./rules.ts"

export interface Decision {
  readonly allowed: boolean
  /** Which binding allows it, or what went wrong on the way. */
  readonly reason: string
}

const GROUP = "rbac.authorization.k8s.io"
const SUPERUSERS = "system:masters"

/** Role-based access control on the roles and bindings of the store, as they are at the moment of the question. */
export class Rbac {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  authorize(attributes: Attributes): Decision {
    if (attributes.user.groups.includes(SUPERUSERS)) return { allowed: true, reason: "" }
    const namespace = "path" in attributes ? "" : attributes.namespace
    const errors: string[] = []
    for (const { rules, source, missing } of this.#grants(attributes.user, namespace)) {
      if (missing !== undefined) errors.push(missing)
      if (rules.some((rule) => ruleAllows(rule, attributes)))
        return { allowed: true, reason: `RBAC: allowed by ${source}` }
    }
    return { allowed: false, reason: errors.length === 0 ? "" : `RBAC: ${aggregated(errors)}` }
  }

  /** Every rule that holds for the user in the namespace ("" for the cluster scope only). */
  rulesFor(user: UserInfo, namespace: string): PolicyRule[] {
    const all: PolicyRule[] = [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ]
    const granted = [...this.#grants(user, namespace)].flatMap(({ rules }) => rules)
    return user.groups.includes(SUPERUSERS) ? [...all, ...granted] : granted
  }

  *#grants(user: UserInfo, namespace: string): Iterable<Grant> {
    for (const binding of this.#list<ClusterRoleBinding>("clusterrolebindings")) {
      const subject = binding.subjects?.find((candidate) => isSubject(user, candidate, ""))
      if (subject !== undefined) yield this.#grant("ClusterRoleBinding", binding, subject, "")
    }
    if (namespace === "") return
    for (const binding of this.#list<RoleBinding>("rolebindings")) {
      if (binding.metadata.namespace !== namespace) continue
      const subject = binding.subjects?.find((candidate) => isSubject(user, candidate, namespace))
      if (subject !== undefined) yield this.#grant("RoleBinding", binding, subject, namespace)
    }
  }

  #grant(kind: string, binding: ClusterRoleBinding | RoleBinding, subject: Subject, namespace: string): Grant {
    const { roleRef, metadata } = binding
    const name = `${metadata.name ?? ""}${namespace === "" ? "" : `/${namespace}`}`
    const source = `${kind} ${quote(name)} of ${roleRef.kind} ${quote(roleRef.name)} to ${described(subject, namespace)}`
    const rules = this.rulesOf(roleRef, namespace)
    if (rules !== undefined) return { rules, source }
    return { rules: [], source, missing: `${roleRef.kind.toLowerCase()}.${GROUP} ${quote(roleRef.name)} not found` }
  }

  /** Undefined: there is no such role. */
  rulesOf(role: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const found =
      role.kind === "Role"
        ? this.#store.collection(`${GROUP}/roles`).get(keyOf(namespace, role.name))
        : this.#store.collection(`${GROUP}/clusterroles`).get(role.name)
    return found === undefined ? undefined : ((found as ClusterRole).rules ?? [])
  }

  #list<T>(resource: string): readonly T[] {
    return this.#store.collection(`${GROUP}/${resource}`).list() as unknown as readonly T[]
  }
}

interface Grant {
  readonly rules: readonly PolicyRule[]
  readonly source: string
  readonly missing?: string
}

function isSubject(user: UserInfo, subject: Subject, namespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return user.username === subject.name
    case "Group":
      return user.groups.includes(subject.name)
    case "ServiceAccount": {
      const of = subject.namespace ?? namespace
      return of !== "" && user.username === `system:serviceaccount:${of}:${subject.name}`
    }
    default:
      return false
  }
}

function described(subject: Subject, namespace: string): string {
  if (subject.kind !== "ServiceAccount") return `${subject.kind} ${quote(subject.name)}`
  return `${subject.kind} ${quote(`${subject.name}/${subject.namespace ?? namespace}`)}`
}

/** Go's way to put several errors into one. */
const aggregated = (errors: readonly string[]): string => {
  const unique = [...new Set(errors)]
  return unique.length === 1 ? (unique[0] ?? "") : `[${unique.join(", ")}]`
}
