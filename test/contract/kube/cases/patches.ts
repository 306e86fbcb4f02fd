import { suite } from "../case.ts"
import { at, text, type Json } from "../../harness/json.ts"
import { configMap, deployment, service, withoutController } from "./objects.ts"

const show = {
  show: (body: Json): Json =>
    text(body, "kind") === "Status"
      ? body
      : { data: at(body, "data") ?? null, labels: at(body, "metadata", "labels") ?? null },
}

const stable = { show: withoutController }

export const patches = suite("patches", {
  "json-patch": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1", two: "2" }))
    await s.patch("json", s.core("configmaps", "a"), [
      { op: "test", path: "/data/one", value: "1" },
      { op: "add", path: "/data/three", value: "3" },
      { op: "remove", path: "/data/two" },
      { op: "replace", path: "/data/one", value: "x" },
      { op: "add", path: "/metadata/labels", value: {} },
      { op: "copy", from: "/data/three", path: "/metadata/labels/a~1b" },
      { op: "move", from: "/data/three", path: "/data/four" },
    ])
  },
  "json-patch-errors": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1" }))
    const path = s.core("configmaps", "a")
    await s.patch("json", path, [{ op: "test", path: "/data/one", value: "2" }])
    await s.patch("json", path, [{ op: "remove", path: "/data/none" }])
    await s.patch("json", path, [{ op: "replace", path: "/nothing/here", value: 1 }])
    await s.patch("json", path, [{ op: "invent", path: "/data/one" }])
    await s.patch("json", path, { not: "a list" })
    await s.patch("json", s.core("configmaps", "none"), [{ op: "add", path: "/data/x", value: "1" }])
  },
  "merge-patch": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1", two: "2" }))
    const path = s.core("configmaps", "a")
    await s.patch("merge", path, { data: { one: null, three: "3" } }, show)
    await s.patch("merge", path, { metadata: { labels: { a: "b" } } }, show)
    await s.patch("merge", path, {}, show)
    await s.patch("merge", path, { data: null }, show)
  },
  "merge-patch-errors": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1" }))
    const path = s.core("configmaps", "a")
    await s.patch("merge", path, { data: { one: 5 } })
    await s.patch("merge", path, { metadata: { name: "b" } })
    await s.patch("merge", path, { metadata: { resourceVersion: "1" } })
    await s.patch("merge", path, { kind: "Secret" })
    await s.send("PATCH", path, "[1,", { contentType: "application/merge-patch+json" })
    await s.patch("merge", path, { metadata: { uid: "44444444-4444-4444-4444-444444444444" } })
    await s.patch("merge", path, { metadata: { labels: { "bad key": "x" } } })
  },
  "strategic-merges-by-key": async (s) => {
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web"))
    const path = s.in("apps/v1", "deployments", "web")
    await s.patch(
      "strategic",
      path,
      {
        spec: {
          template: {
            spec: {
              containers: [
                { name: "main", env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }] },
                { name: "side", image: "side:1" },
              ],
            },
          },
        },
      },
      stable,
    )
    await s.patch(
      "strategic",
      path,
      {
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: "main",
                  env: [
                    { name: "B", value: "2" },
                    { name: "A", $patch: "delete" },
                  ],
                },
                { name: "side", $patch: "delete" },
              ],
            },
          },
        },
      },
      stable,
    )
  },
  "strategic-directives": async (s) => {
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web"))
    const path = s.in("apps/v1", "deployments", "web")
    await s.patch("strategic", path, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }, stable)
    await s.patch("strategic", path, { metadata: { labels: { $patch: "replace", only: "this" } } }, stable)
    await s.patch("strategic", path, { spec: { template: { spec: { containers: [{ image: "x:1" }] } } } }, stable)
    await s.patch(
      "strategic",
      path,
      {
        spec: { template: { spec: { containers: [{ $patch: "replace" }, { name: "new", image: "n:1" }] } } },
      },
      stable,
    )
  },
  "strategic-order": async (s) => {
    const containers = ["one", "two", "three"].map((name) => ({ name, image: "app:1" }))
    const web = deployment("web", {
      template: { metadata: { labels: { app: "web" } }, spec: { automountServiceAccountToken: false, containers } },
    })
    await s.quiet("POST", s.in("apps/v1", "deployments"), web)
    await s.patch(
      "strategic",
      s.in("apps/v1", "deployments", "web"),
      {
        spec: {
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "three" }, { name: "new" }, { name: "one" }, { name: "two" }],
              containers: [{ name: "new", image: "new:1" }],
            },
          },
        },
      },
      stable,
    )
  },
  "strategic-primitive-lists": async (s) => {
    const path = s.core("configmaps", "a")
    await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { finalizers: ["example.com/a", "example.com/b"] }))
    await s.patch("strategic", path, { metadata: { finalizers: ["example.com/c"] } })
    await s.patch("strategic", path, {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] },
    })
    await s.patch("strategic", path, { metadata: { finalizers: null } })
  },
  "strategic-ports-of-service": async (s) => {
    await s.quiet("POST", s.core("services"), service("web"))
    await s.patch("strategic", s.core("services", "web"), { spec: { ports: [{ name: "admin", port: 81 }] } })
    await s.patch("strategic", s.core("services", "web"), { spec: { ports: [{ port: 80, $patch: "delete" }] } })
    await s.patch("strategic", s.core("services", "web"), { spec: { ports: [{ port: 82 }] } })
  },
  "patch-type-unknown": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    await s.send("PATCH", s.core("configmaps", "a"), {}, { contentType: "text/plain" })
  },
  "patch-with-version-conflicts": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    await s.patch("merge", s.core("configmaps", "a"), { metadata: { resourceVersion: "2" }, data: { x: "1" } })
  },
  "patch-no-change-keeps-version": async (s) => {
    await s.post(s.core("configmaps"), configMap("a"))
    await s.patch("merge", s.core("configmaps", "a"), { data: { key: "value" } })
    await s.patch("json", s.core("configmaps", "a"), [])
    await s.patch("strategic", s.core("configmaps", "a"), { data: { key: "value" } })
  },
  "managers-of-updates": async (s) => {
    await s.post(`${s.core("configmaps")}?fieldManager=first`, configMap("a", { one: "1", two: "2" }))
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=second`, { data: { two: "x", three: "3" } })
    await s.patch("merge", `${s.core("configmaps", "a")}?fieldManager=second`, { data: { one: null } })
    await s.put(`${s.core("configmaps", "a")}?fieldManager=third`, configMap("a", { two: "x" }))
  },
  "managers-are-cleared": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    await s.patch("merge", s.core("configmaps", "a"), { metadata: { managedFields: [{}] } })
    await s.patch("merge", s.core("configmaps", "a"), { data: { more: "1" } })
  },
})
