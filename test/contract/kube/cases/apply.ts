import { suite } from "../case.ts"
import { at, isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { configMap, deployment, pod, service, widgets, withoutController } from "./objects.ts"

/** Server-side apply of a ConfigMap by a manager. */
const apply = (s: Session, manager: string, data: JsonObject | undefined, query = ""): Promise<Json> =>
  s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=${manager}${query}`, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a" },
    ...(data !== undefined && { data }),
  })

const workload = (s: Session, manager: string, spec: JsonObject, query = ""): Promise<Json> =>
  s.patch(
    "apply",
    `${s.in("apps/v1", "deployments", "web")}?fieldManager=${manager}${query}`,
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec },
    { show: withoutController },
  )

/** A paused Deployment's spec with one container that has `more`. */
const template = (more: JsonObject): JsonObject => ({
  paused: true,
  selector: { matchLabels: { app: "web" } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { automountServiceAccountToken: false, containers: [{ name: "main", image: "app:1", ...more }] },
  },
})

export const applies = suite("apply", {
  creates: async (s) => {
    await apply(s, "one", { key: "1" })
  },
  "needs-a-manager": async (s) => {
    await s.patch("apply", s.core("configmaps", "a"), configMap("a"))
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=`, configMap("a"))
  },
  "of-nothing-new-changes-nothing": async (s) => {
    await apply(s, "one", { key: "1" })
    await apply(s, "one", { key: "1" })
  },
  "removes-what-is-left-out": async (s) => {
    await apply(s, "one", { a: "1", b: "2" })
    await apply(s, "one", { b: "2" })
    await apply(s, "one", undefined)
  },
  "keeps-what-others-own": async (s) => {
    await apply(s, "one", { a: "1" })
    await apply(s, "two", { b: "2" })
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=three`, { data: { c: "3" } })
    await apply(s, "one", {})
  },
  "shares-equal-values": async (s) => {
    await apply(s, "one", { a: "1" })
    await apply(s, "two", { a: "1" })
    await apply(s, "one", {})
    await apply(s, "two", {})
  },
  "conflict-with-apply": async (s) => {
    await apply(s, "one", { a: "1", b: "1" })
    await apply(s, "two", { a: "2", b: "2" })
    await s.get(s.core("configmaps", "a"))
  },
  "conflict-with-update": async (s) => {
    await s.quiet("POST", `${s.core("configmaps")}?fieldManager=editor`, configMap("a", { a: "1" }))
    await apply(s, "one", { a: "2" })
  },
  "conflict-with-several": async (s) => {
    await apply(s, "one", { a: "1" })
    await apply(s, "two", { a: "1", b: "1" })
    await s.patch(
      "merge",
      `${s.core("configmaps", "a")}?fieldManager=three`,
      { data: { c: "3" } },
      { show: () => null },
    )
    await apply(s, "four", { a: "x", b: "x", c: "x" })
  },
  force: async (s) => {
    await apply(s, "one", { a: "1", b: "1" })
    await apply(s, "two", { a: "2" }, "&force=true")
    await apply(s, "one", { a: "1", b: "1" })
    await apply(s, "one", { b: "1" })
  },
  "force-is-for-apply-only": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    await s.patch("merge", `${s.core("configmaps", "a")}?force=true`, {})
  },
  "takes-over-by-update": async (s) => {
    await apply(s, "one", { a: "1", b: "1" })
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=two`, { data: { a: "2" } })
    await apply(s, "one", { b: "1" })
  },
  "dry-run": async (s) => {
    await apply(s, "one", { a: "1" }, "&dryRun=All")
    await s.get(s.core("configmaps", "a"))
    await apply(s, "one", { a: "1" })
    await apply(s, "one", { a: "2" }, "&dryRun=All")
    await s.get(s.core("configmaps", "a"))
  },
  yaml: async (s) => {
    const document = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  text: |\n    one\n    two\n"
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, document)
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, "a: [b")
  },
  errors: async (s) => {
    const path = `${s.core("configmaps", "a")}?fieldManager=one`
    await s.patch("apply", path, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } })
    await s.patch("apply", path, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } })
    await s.patch("apply", path, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } })
    await s.patch("apply", path, { kind: "ConfigMap", metadata: { name: "a" } })
    await s.patch("apply", path, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", managedFields: [{}] } })
    await s.patch("apply", path, configMap("a", { key: 5 }))
    await s.patch("apply", path, { ...configMap("a"), unknown: 1 })
    await s.patch("apply", path, configMap("a", {}, { uid: "55555555-5555-5555-5555-555555555555" }))
    await s.patch("apply", path, configMap("a", {}, { resourceVersion: "1" }))
    await s.patch("apply", `/api/v1/namespaces/nowhere/configmaps/a?fieldManager=one`, configMap("a"))
  },
  "map-lists-merge-by-key": async (s) => {
    await workload(
      s,
      "one",
      template({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "1" },
        ],
      }),
    )
    const side = {
      ...template({}),
      template: { spec: { containers: [{ name: "side", image: "side:1", env: [{ name: "A", value: "9" }] }] } },
    }
    await workload(s, "two", { template: side.template })
    await workload(s, "one", template({ env: [{ name: "B", value: "1" }] }))
  },
  "map-list-conflict": async (s) => {
    await workload(s, "one", template({ ports: [{ containerPort: 80 }] }))
    await workload(s, "two", { replicas: 3, template: { spec: { containers: [{ name: "main", image: "app:2" }] } } })
  },
  "map-list-key-missing": async (s) => {
    await workload(s, "one", { ...template({}), template: { spec: { containers: [{ image: "app:2" }] } } })
    await workload(
      s,
      "one",
      template({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
    )
  },
  "key-with-default": async (s) => {
    const port = (more: JsonObject): JsonObject => ({
      ...service("web"),
      spec: { selector: { app: "web" }, ports: [{ port: 80, ...more }] },
    })
    const path = `${s.core("services", "web")}?fieldManager=one`
    await s.patch("apply", path, port({ name: "http" }))
    await s.patch("apply", path, port({ name: "http", protocol: "TCP", targetPort: 8080 }))
  },
  "set-lists": async (s) => {
    const held = (...finalizers: string[]): JsonObject => configMap("a", {}, { finalizers })
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, held("example.com/a", "example.com/b"))
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=two`, held("example.com/c"))
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, held("example.com/b"))
  },
  "atomic-lists": async (s) => {
    await workload(s, "one", template({ args: ["a", "b"] }))
    await workload(s, "two", { template: { spec: { containers: [{ name: "main", args: ["c"] }] } } })
    await workload(s, "two", { template: { spec: { containers: [{ name: "main", args: ["c"] }] } } }, "&force=true")
  },
  "labels-and-annotations": async (s) => {
    const marked = (labels: JsonObject, annotations: JsonObject): JsonObject =>
      configMap("a", {}, { labels, annotations })
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, marked({ a: "1", b: "1" }, { n: "1" }))
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=two`, marked({ a: "2" }, { n: "1", m: "2" }))
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=one`, marked({ b: "1" }, {}))
  },
  "migrates-client-side-apply": async (s) => {
    const stated = configMap("a", { a: "1", b: "1" })
    await s.quiet("POST", `${s.core("configmaps")}?fieldManager=kubectl-client-side-apply`, {
      ...stated,
      metadata: {
        name: "a",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(stated)}\n` },
      },
    })
    await s.patch("apply", `${s.core("configmaps", "a")}?fieldManager=kubectl`, configMap("a", { a: "2" }))
  },
  subresource: async (s) => {
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { paused: true }))
    await s.patch(
      "apply",
      `${s.in("apps/v1", "deployments", "web")}/scale?fieldManager=scaler`,
      {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "web", namespace: s.ns },
        spec: { replicas: 3 },
      },
      { show: (body) => at(body, "spec") ?? body },
    )
    await s.get(s.in("apps/v1", "deployments", "web"), {
      show: (body) => list(body, "metadata", "managedFields").filter((entry) => text(entry, "manager") === "scaler"),
    })
    await workload(s, "other", { replicas: 1 })
  },
  "status-is-not-of-the-object": async (s) => {
    await s.patch(
      "apply",
      `${s.in("apps/v1", "deployments", "web")}?fieldManager=one`,
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: template({}),
        status: { replicas: 5 },
      },
      { show: withoutController },
    )
  },
  "custom-resource": async (s) => {
    const group = "apply.example.com"
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group))
    const all = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", all, (body) => text(body, "kind") === "WidgetList")
    const widget = (spec: JsonObject): JsonObject => ({
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name: "w" },
      spec,
    })
    const path = s.in(`${group}/v1`, "widgets", "w")
    await s.patch(
      "apply",
      `${path}?fieldManager=one`,
      widget({ size: 1, parts: [{ name: "a", count: 2 }, { name: "b" }] }),
    )
    await s.patch(
      "apply",
      `${path}?fieldManager=two`,
      widget({ size: 1, parts: [{ name: "c" }, { name: "a", count: 3 }] }),
    )
    await s.patch("apply", `${path}?fieldManager=two`, widget({ size: 1, parts: [{ name: "c" }] }))
    await s.patch("apply", `${path}?fieldManager=one`, widget({ size: 1, color: "green" }))
    await s.patch("apply", `${path}?fieldManager=one`, widget({ size: 1, shape: "round" }))
    await s.patch("apply", `${path}?fieldManager=one`, widget({ size: 99 }))
  },
  "managers-are-listed-by-time": async (s) => {
    await apply(s, "b", { b: "1" })
    await apply(s, "a", { a: "1" })
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=z`, { data: { z: "1" } })
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=y`, { data: { y: "1" } })
    s.note(
      "managers",
      list(await s.quiet("GET", s.core("configmaps", "a")), "metadata", "managedFields").map((entry) => ({
        manager: text(entry, "manager"),
        operation: text(entry, "operation"),
      })),
    )
  },
})

export const podApplies = suite(
  "pod-apply",
  {
    "immutable-fields": async (s) => {
      const path = `${s.core("pods", "p")}?fieldManager=one`
      const stated = (spec: JsonObject): JsonObject => pod("p", spec, {})
      await s.patch("apply", path, stated({}), { show: (body) => (isObject(body) ? (body["spec"] ?? body) : body) })
      await s.patch("apply", path, stated({ containers: [{ name: "main", image: "app:2" }] }), {
        show: (body) => at(body, "spec", "containers") ?? body,
      })
      await s.patch("apply", path, stated({ hostNetwork: true }), {
        // The message shows the whole difference of two specs.
        show: (body) => ({ reason: text(body, "reason"), start: text(body, "message").split("\n")[0] ?? "" }),
      })
    },
  },
  ["controllers"],
)
