import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import { valueAt } from "../json.ts"
import { named, TESTER, testMachinery, targetOf, type TestMachinery, WRITE } from "../testing/machinery.ts"
import type { PolicyRule } from "../types.gen.ts"
import { type Caller, create, get, replace, type UserInfo } from "../verbs/index.ts"
import { Rbac, RoleAggregation, ServiceAccountTokens } from "./index.ts"
import { ruleAllows } from "./rules.ts"

const GROUP = "rbac.authorization.k8s.io"
const ref = (resource: string) => ({ group: GROUP, version: "v1", resource })
const jane: UserInfo = { username: "jane", groups: ["devs", "system:authenticated"] }
const asJane: Caller = { ...TESTER, user: jane }

function add(machinery: TestMachinery, resource: string, kind: string, name: string, body: object, caller = TESTER) {
  return create(
    machinery,
    caller,
    targetOf(machinery, ref(resource)),
    named(`${GROUP}/v1`, kind, name, { ...body }),
    WRITE,
  )
}

function grant(machinery: TestMachinery, name: string, rules: readonly PolicyRule[], user: string): void {
  add(machinery, "clusterroles", "ClusterRole", name, { rules })
  add(machinery, "clusterrolebindings", "ClusterRoleBinding", name, {
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name },
    subjects: [{ apiGroup: GROUP, kind: "User", name: user }],
  })
}

const asked = (verb: string, resource: string, name = "", subresource = "", group = "") => ({
  user: jane,
  verb,
  group,
  resource,
  subresource,
  namespace: "test",
  name,
})

describe("a rule", () => {
  it.each<[PolicyRule, ReturnType<typeof asked>, boolean]>([
    [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }, asked("get", "pods"), true],
    [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }, asked("get", "pods", "a", "log"), false],
    [{ verbs: ["*"], apiGroups: ["*"], resources: ["*/log"] }, asked("get", "pods", "a", "log"), true],
    [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, asked("get", "pods", "a", "log"), true],
    [{ verbs: ["get"], apiGroups: ["apps"], resources: ["pods"] }, asked("get", "pods"), false],
    [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }, asked("get", "pods", "b"), false],
    [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }, asked("list", "pods"), false],
    [{ verbs: ["get"], nonResourceURLs: ["*"] }, asked("get", "pods"), false],
  ])("%j, asked %j", (rule, attributes, allowed) => {
    expect(ruleAllows(rule, attributes)).toBe(allowed)
  })

  it("covers paths by their beginning", () => {
    const rule = { verbs: ["get"], nonResourceURLs: ["/healthz/*"] }
    expect(ruleAllows(rule, { user: jane, verb: "get", path: "/healthz/etcd" })).toBe(true)
    expect(ruleAllows(rule, { user: jane, verb: "get", path: "/healthz" })).toBe(false)
  })
})

describe("giving rights away", () => {
  const roles = { verbs: ["create", "update"], apiGroups: [GROUP], resources: ["clusterroles", "rolebindings"] }
  const pods = { verbs: ["get"], apiGroups: [""], resources: ["pods"] }

  it("takes having them", () => {
    const machinery = testMachinery()
    grant(machinery, "janes", [roles, pods], "jane")
    add(machinery, "clusterroles", "ClusterRole", "same", { rules: [pods] }, asJane)
    const more = { rules: [{ ...pods, verbs: ["get", "delete"] }] }
    expect(() => add(machinery, "clusterroles", "ClusterRole", "more", more, asJane)).toThrow(
      'clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is ' +
        'attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    )
  })

  it("or the right to escalate or to bind", () => {
    const machinery = testMachinery()
    const bind = { verbs: ["bind"], apiGroups: [GROUP], resources: ["clusterroles"], resourceNames: ["strong"] }
    grant(machinery, "janes", [roles, bind], "jane")
    for (const name of ["strong", "stronger"])
      add(machinery, "clusterroles", "ClusterRole", name, { rules: [{ ...pods, verbs: ["*"] }] })
    const binding = (name: string) => ({ roleRef: { apiGroup: GROUP, kind: "ClusterRole", name }, subjects: [] })
    add(machinery, "rolebindings", "RoleBinding", "a", binding("strong"), asJane)
    expect(() => add(machinery, "rolebindings", "RoleBinding", "b", binding("stronger"), asJane)).toThrow(
      expect.objectContaining({ code: 403 }),
    )
  })
})

describe("a role that gathers others", () => {
  it("follows their changes", async () => {
    const machinery = testMachinery()
    const aggregation = new RoleAggregation(machinery)
    const labels = { "to-view": "true" }
    add(machinery, "clusterroles", "ClusterRole", "view", {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      rules: [],
    })
    const rule = { verbs: ["get"], apiGroups: ["example.com"], resources: ["lamps"] }
    const source = add(machinery, "clusterroles", "ClusterRole", "lamps", { metadata: { labels }, rules: [rule] })
    const rules = async () => {
      await Promise.resolve()
      return valueAt(get(machinery, targetOf(machinery, ref("clusterroles"), "view")), "rules")
    }
    expect(await rules()).toEqual([rule])
    const without: KubeObject = { ...source, metadata: { ...source.metadata, labels: {} } }
    replace(machinery, TESTER, targetOf(machinery, ref("clusterroles"), "lamps"), source, without, WRITE)
    expect(await rules()).toEqual([])
    aggregation.close()
  })
})

describe("a service account's token", () => {
  const accounts = { group: "", version: "v1", resource: "serviceaccounts" }

  it("ends with its time, its account, and what it is bound to", () => {
    const machinery = testMachinery()
    const tokens = new ServiceAccountTokens(machinery.store, machinery.clock, machinery.uuid)
    const account = create(
      machinery,
      TESTER,
      targetOf(machinery, accounts),
      named("v1", "ServiceAccount", "robot"),
      WRITE,
    )
    const uid = account.metadata.uid ?? ""
    const claims = {
      namespace: "test",
      serviceAccount: { name: "robot", uid },
      audiences: ["here"],
      expirationSeconds: 600,
    }
    const token = tokens.issue(claims)
    expect(tokens.authenticate(token, ["here"])).toMatchObject({ username: "system:serviceaccount:test:robot", uid })
    expect(tokens.authenticate(token, ["elsewhere"])).toBeUndefined()
    const bound = tokens.issue({ ...claims, bound: { kind: "Pod", name: "gone", uid: "1" } })
    expect(tokens.authenticate(bound, ["here"])).toBeUndefined()
    const another = tokens.issue({ ...claims, serviceAccount: { name: "robot", uid: "another" } })
    expect(tokens.authenticate(another, ["here"])).toBeUndefined()
    machinery.pass(599)
    expect(tokens.authenticate(token, ["here"])).toBeDefined()
    machinery.pass(1)
    expect(tokens.authenticate(token, ["here"])).toBeUndefined()
  })

  it("of another key is none", () => {
    const machinery = testMachinery()
    const make = () => new ServiceAccountTokens(machinery.store, machinery.clock, machinery.uuid)
    const account = create(
      machinery,
      TESTER,
      targetOf(machinery, accounts),
      named("v1", "ServiceAccount", "robot"),
      WRITE,
    )
    const claims = {
      namespace: "test",
      serviceAccount: { name: "robot", uid: account.metadata.uid ?? "" },
      audiences: ["here"],
      expirationSeconds: 600,
    }
    const foreign = make().issue(claims)
    const own = make()
    own.issue(claims)
    expect(own.authenticate(foreign, ["here"])).toBeUndefined()
    for (const text of ["", "a.b", "a.b.c", "..", foreign.slice(0, -1)])
      expect(own.authenticate(text, ["here"])).toBeUndefined()
  })
})

it("a binding to a role that is missing is named in the refusal", () => {
  const machinery = testMachinery()
  const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name: "gone" }
  const subjects = [{ apiGroup: GROUP, kind: "Group", name: "devs" }]
  add(machinery, "rolebindings", "RoleBinding", "a", { roleRef, subjects })
  expect(new Rbac(machinery.store).authorize(asked("get", "pods"))).toEqual({
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
  })
})
