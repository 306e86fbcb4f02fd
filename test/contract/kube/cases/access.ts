import { suite } from "../case.ts"
import { at, isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { configMap } from "./objects.ts"

const RBAC = "rbac.authorization.k8s.io/v1"

/** A role with one rule in the case's namespace, bound to a user. */
async function allow(s: Session, user: string, rule: JsonObject): Promise<void> {
  await s.quiet("POST", s.in(RBAC, "roles"), {
    apiVersion: RBAC,
    kind: "Role",
    metadata: { name: "some" },
    rules: [rule],
  })
  await s.quiet("POST", s.in(RBAC, "rolebindings"), {
    apiVersion: RBAC,
    kind: "RoleBinding",
    metadata: { name: "some" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "some" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  })
}

const as = (user: string, ...groups: string[]): { headers: Record<string, string> } => ({
  headers: { "impersonate-user": user, ...(groups[0] !== undefined && { "impersonate-group": groups[0] }) },
})

const review = (kind: string, spec: JsonObject): JsonObject => ({
  apiVersion: "authorization.k8s.io/v1",
  kind,
  metadata: {},
  spec,
})

/** Asks until the rules that were just written are in force. */
async function untilAllowed(s: Session, user: string, attributes: JsonObject): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await s.quiet(
      "POST",
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      review("SubjectAccessReview", { user, resourceAttributes: attributes }),
    )
    if (at(answer, "status", "allowed") === true) return
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  throw new Error(`${user} is not allowed within 3 s`)
}

export const access = suite("access", {
  "no-credentials": async (s) => {
    await s.get(s.core("pods"), { headers: { authorization: "Bearer wrong" } })
    await s.get(s.core("pods"), { headers: { authorization: "" } })
    await s.get("/version", { headers: { authorization: "" }, show: (body) => text(body, "major") })
    await s.get("/api", { headers: { authorization: "" }, show: (body) => text(body, "kind") })
  },
  "forbidden-wording": async (s) => {
    await s.get(s.core("pods"), as("alice"))
    await s.get(s.core("pods", "p"), as("alice"))
    await s.get("/api/v1/pods", as("alice"))
    await s.get("/api/v1/nodes", as("alice"))
    await s.get(`${s.core("pods", "p")}/log`, as("alice"))
    await s.get("/apis/apps/v1/deployments", as("alice"))
    await s.post(s.core("configmaps"), configMap("a"), as("alice"))
    await s.get("/metrics", as("alice"))
    await s.delete(s.core("pods"), undefined, as("alice"))
  },
  "impersonation-needs-the-right": async (s) => {
    await allow(s, "bob", { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] })
    await s.get(s.core("configmaps", "a"), { headers: { "impersonate-group": "g" } })
    await s.get(s.core("configmaps", "none"), as("admin", "system:masters"))
  },
  "role-allows": async (s) => {
    await allow(s, "carol", { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create"] })
    await untilAllowed(s, "carol", { namespace: s.ns, verb: "create", resource: "configmaps" })
    await s.post(s.core("configmaps"), configMap("a"), as("carol"))
    await s.get(s.core("configmaps", "a"), { ...as("carol"), show: (body) => text(body, "kind") })
    await s.get(`${s.core("configmaps")}?watch=1`, as("carol"))
    await s.delete(s.core("configmaps", "a"), undefined, as("carol"))
    await s.get("/api/v1/configmaps", as("carol"))
  },
  "names-and-subresources": async (s) => {
    await allow(s, "dave", {
      apiGroups: ["apps"],
      resources: ["deployments/scale"],
      resourceNames: ["web"],
      verbs: ["*"],
    })
    await untilAllowed(s, "dave", {
      namespace: s.ns,
      verb: "patch",
      group: "apps",
      resource: "deployments",
      subresource: "scale",
      name: "web",
    })
    await s.get(`${s.in("apps/v1", "deployments", "web")}/scale`, as("dave"))
    await s.get(`${s.in("apps/v1", "deployments", "other")}/scale`, as("dave"))
    await s.get(s.in("apps/v1", "deployments", "web"), as("dave"))
  },
  "subject-access-review": async (s) => {
    await allow(s, "erin", { apiGroups: [""], resources: ["pods"], verbs: ["get"] })
    const attributes = { namespace: s.ns, verb: "get", resource: "pods" }
    await untilAllowed(s, "erin", attributes)
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    await s.post(path, review("SubjectAccessReview", { user: "erin", resourceAttributes: attributes }))
    await s.post(
      path,
      review("SubjectAccessReview", { user: "erin", resourceAttributes: { ...attributes, verb: "delete" } }),
    )
    await s.post(
      path,
      review("SubjectAccessReview", { user: "root", groups: ["system:masters"], resourceAttributes: attributes }),
    )
    await s.post(
      path,
      review("SubjectAccessReview", { user: "erin", nonResourceAttributes: { path: "/version", verb: "get" } }),
    )
    await s.post(path, review("SubjectAccessReview", { resourceAttributes: attributes }))
    await s.post(path, review("SubjectAccessReview", { user: "erin" }))
    await s.post(`/apis/authorization.k8s.io/v1/namespaces/${s.ns}/localsubjectaccessreviews`, {
      ...review("LocalSubjectAccessReview", { user: "erin", resourceAttributes: attributes }),
      metadata: { namespace: s.ns },
    })
  },
  "self-subject-reviews": async (s) => {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    const attributes = { namespace: s.ns, verb: "create", resource: "pods" }
    await s.post(path, review("SelfSubjectAccessReview", { resourceAttributes: attributes }))
    await s.post(path, review("SelfSubjectAccessReview", { resourceAttributes: attributes }), as("alice"))
    await s.post(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      {
        show: (body) => ({
          username: text(body, "status", "userInfo", "username"),
          groups: at(body, "status", "userInfo", "groups") ?? null,
        }),
      },
    )
    await s.post(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      as("alice", "friends"),
    )
  },
  "rules-review": async (s) => {
    await allow(s, "frank", { apiGroups: ["", "apps"], resources: ["pods", "deployments"], verbs: ["get", "list"] })
    await untilAllowed(s, "frank", { namespace: s.ns, verb: "list", resource: "pods" })
    await s.post(
      "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      review("SelfSubjectRulesReview", { namespace: s.ns }),
      {
        ...as("frank"),
        show: (body) => ({
          incomplete: at(body, "status", "incomplete") ?? null,
          resources: at(body, "status", "resourceRules") ?? null,
        }),
      },
    )
  },
  "service-account-tokens": async (s) => {
    await s.quiet("POST", s.core("serviceaccounts"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "robot" },
    })
    const made = await s.post(`${s.core("serviceaccounts", "robot")}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600 },
    })
    const token = text(made, "status", "token")
    const bearer = { headers: { authorization: `Bearer ${token}` } }
    await s.post(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      {
        ...bearer,
        show: (body) => {
          const extra = at(body, "status", "userInfo", "extra")
          return {
            user: text(body, "status", "userInfo", "username"),
            groups: at(body, "status", "userInfo", "groups") ?? null,
            extra: isObject(extra) ? Object.keys(extra) : null,
          }
        },
      },
    )
    await s.get(s.core("configmaps"), bearer)
    await s.post(
      "/apis/authentication.k8s.io/v1/tokenreviews",
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } },
      {
        show: (body) => ({
          authenticated: at(body, "status", "authenticated") ?? null,
          user: text(body, "status", "user", "username"),
          audiences: at(body, "status", "audiences") ?? null,
        }),
      },
    )
    await s.post(
      "/apis/authentication.k8s.io/v1/tokenreviews",
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "nonsense" } },
      {
        show: (body) => ({
          authenticated: at(body, "status", "authenticated") ?? null,
          user: at(body, "status", "user") ?? null,
        }),
      },
    )
    await s.quiet("DELETE", s.core("serviceaccounts", "robot"))
    // The real server remembers for some seconds that a token was good.
    await s.until("it is refused", s.core("configmaps"), (body) => at(body, "code") === 401, bearer)
    await s.get(s.core("configmaps"), bearer)
  },
  "token-request-errors": async (s) => {
    await s.quiet("POST", s.core("serviceaccounts"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "robot" },
    })
    const request = (spec: JsonObject): JsonObject => ({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec,
    })
    await s.post(`${s.core("serviceaccounts", "none")}/token`, request({}))
    await s.post(`${s.core("serviceaccounts", "robot")}/token`, request({ expirationSeconds: 5 }))
  },
  "cluster-roles-of-a-new-cluster": async (s) => {
    const names = new Set([
      "cluster-admin",
      "admin",
      "edit",
      "view",
      "system:basic-user",
      "system:discovery",
      "system:public-info-viewer",
      "system:node",
    ])
    await s.get(`/apis/${RBAC}/clusterroles`, {
      show: (body) =>
        list(body, "items")
          .filter((item) => names.has(text(item, "metadata", "name")))
          .map((item) => ({ name: text(item, "metadata", "name"), rules: at(item, "rules") ?? null })),
    })
  },
  "escalation-is-refused": async (s) => {
    await s.quiet("POST", s.in(RBAC, "roles"), {
      apiVersion: RBAC,
      kind: "Role",
      metadata: { name: "binder" },
      rules: [{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["*"] }],
    })
    await s.quiet("POST", s.in(RBAC, "rolebindings"), {
      apiVersion: RBAC,
      kind: "RoleBinding",
      metadata: { name: "binder" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "binder" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "gina" }],
    })
    await untilAllowed(s, "gina", {
      namespace: s.ns,
      verb: "create",
      group: "rbac.authorization.k8s.io",
      resource: "roles",
    })
    await s.post(
      s.in(RBAC, "roles"),
      {
        apiVersion: RBAC,
        kind: "Role",
        metadata: { name: "more" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      },
      as("gina"),
    )
  },
  "binding-rules": async (s) => {
    const binding = (roleRef: JsonObject, subjects: Json): JsonObject => ({
      apiVersion: RBAC,
      kind: "RoleBinding",
      metadata: { name: "b" },
      roleRef,
      subjects,
    })
    const role = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" }
    await s.post(s.in(RBAC, "rolebindings"), binding({ ...role, kind: "Thing" }, []))
    await s.post(s.in(RBAC, "rolebindings"), binding(role, [{ kind: "ServiceAccount", name: "x" }]))
    await s.post(
      s.in(RBAC, "rolebindings"),
      binding(role, [
        { kind: "ServiceAccount", name: "x", namespace: s.ns },
        { kind: "User", name: "u" },
      ]),
    )
    await s.patch("merge", s.in(RBAC, "rolebindings", "b"), { roleRef: { name: "other" } })
  },
})
