import { suite } from "../case.ts"
import { at, text, type Json } from "../../harness/json.ts"
import { configMap, deployment, service } from "./objects.ts"

export const crud = suite("crud", {
  "create-configmap": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.get(s.core("configmaps", "one"))
  },
  "create-twice": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.post(s.core("configmaps"), configMap("one"))
  },
  "create-fills-deployment": async (s) => {
    await s.post(s.in("apps/v1", "deployments"), deployment("web"))
  },
  "create-fills-service": async (s) => {
    await s.post(s.core("services"), service("web"))
    await s.post(s.core("services"), service("headless", { clusterIP: "None" }))
    await s.post(s.core("services"), service("node", { type: "NodePort" }))
    await s.post(s.core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "external" },
      spec: { type: "ExternalName", externalName: "example.com" },
    })
  },
  "create-fills-secret": async (s) => {
    await s.post(s.core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "plain" },
      stringData: { user: "dev" },
      data: { pass: "c2VjcmV0" },
    })
    await s.post(s.core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "bad" },
      data: { pass: "not base64!" },
    })
    await s.post(s.core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "tls" },
      type: "kubernetes.io/tls",
      data: {},
    })
  },
  "create-fills-namespace": async (s) => {
    await s.post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: `${s.ns}-b`, labels: { team: "a" } },
    })
  },
  "create-job-defaults": async (s) => {
    await s.post(s.in("batch/v1", "jobs"), {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] } } },
    })
  },
  "generate-name": async (s) => {
    await s.post(s.core("configmaps"), { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } })
    await s.post(s.core("configmaps"), { apiVersion: "v1", kind: "ConfigMap", metadata: {} })
  },
  "create-in-missing-namespace": async (s) => {
    await s.post("/api/v1/namespaces/nowhere/configmaps", configMap("one"))
  },
  "create-namespace-mismatch": async (s) => {
    await s.post(s.core("configmaps"), configMap("one", {}, { namespace: "other" }))
  },
  "create-wrong-kind": async (s) => {
    await s.post(s.core("configmaps"), { ...configMap("one"), kind: "Secret" })
    await s.post(s.core("configmaps"), { ...configMap("one"), apiVersion: "v2" })
    await s.post(s.core("configmaps"), { metadata: { name: "untyped" } })
  },
  "create-not-json": async (s) => {
    await s.send("POST", s.core("configmaps"), "{not json")
    await s.send("POST", s.core("configmaps"), "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: yaml\n", {
      contentType: "application/yaml",
    })
    await s.send("POST", s.core("configmaps"), "<xml/>", { contentType: "application/xml" })
  },
  "create-with-server-set-fields": async (s) => {
    await s.post(
      s.core("configmaps"),
      configMap("one", {}, { uid: "11111111-1111-1111-1111-111111111111", generation: 7, selfLink: "/x" }),
    )
    await s.post(s.core("configmaps"), configMap("two", {}, { resourceVersion: "5" }))
  },
  "names-are-checked": async (s) => {
    for (const name of ["Upper", "under_score", "-dash", "a".repeat(254), "dots.are.fine"]) {
      await s.post(s.core("configmaps"), configMap(name, {}))
    }
    await s.post(s.core("services"), service("1digit"))
    await s.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "a.b" } })
  },
  "labels-are-checked": async (s) => {
    await s.post(
      s.core("configmaps"),
      configMap("one", {}, { labels: { "bad key!": "x", ok: "bad value!" }, annotations: { "a/b/c": "x" } }),
    )
  },
  "get-missing": async (s) => {
    await s.get(s.core("configmaps", "none"))
    await s.get(s.in("apps/v1", "deployments", "none"))
    await s.get(s.in("apps/v1", "gadgets", "none"))
    await s.get("/apis/none.example.com/v1/things")
    await s.get("/nowhere")
  },
  "update-replaces": async (s) => {
    await s.post(s.core("configmaps"), configMap("one", { a: "1", b: "2" }))
    await s.put(s.core("configmaps", "one"), configMap("one", { b: "3" }))
    await s.get(s.core("configmaps", "one"))
  },
  "update-conflict": async (s) => {
    const created = await s.post(s.core("configmaps"), configMap("one"))
    const version = text(created, "metadata", "resourceVersion")
    await s.put(s.core("configmaps", "one"), configMap("one", { a: "1" }, { resourceVersion: version }))
    await s.put(s.core("configmaps", "one"), configMap("one", { a: "2" }, { resourceVersion: version }))
  },
  "update-without-change": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.put(s.core("configmaps", "one"), configMap("one"))
  },
  "update-missing": async (s) => {
    await s.put(s.core("configmaps", "none"), configMap("none"))
    await s.put(s.core("configmaps", "one"), configMap("two"))
  },
  "update-wrong-uid": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.put(s.core("configmaps", "one"), configMap("one", {}, { uid: "22222222-2222-2222-2222-222222222222" }))
  },
  "update-immutable": async (s) => {
    await s.post(s.in("apps/v1", "deployments"), deployment("web"))
    await s.put(s.in("apps/v1", "deployments", "web"), deployment("web", { selector: { matchLabels: { app: "x" } } }))
    await s.post(s.core("configmaps"), { ...configMap("fixed"), immutable: true })
    await s.put(s.core("configmaps", "fixed"), { ...configMap("fixed", { key: "other" }), immutable: true })
    const made = await s.post(s.core("services"), service("web"))
    await s.put(s.core("services", "web"), {
      ...service("web", { clusterIP: "10.96.0.77" }),
      metadata: { name: "web", resourceVersion: text(made, "metadata", "resourceVersion") },
    })
  },
  "generation-follows-spec": async (s) => {
    const path = s.in("apps/v1", "deployments", "web")
    await s.post(s.in("apps/v1", "deployments"), deployment("web", { paused: true }))
    const generation = (body: Json): Json => ({ generation: at(body, "metadata", "generation") ?? null })
    await s.patch("merge", path, { metadata: { labels: { a: "b" } } }, { show: generation })
    await s.patch("merge", path, { spec: { replicas: 2 } }, { show: generation })
    await s.patch("merge", path, { spec: { replicas: 2 } }, { show: generation })
    await s.patch("merge", path, { status: { replicas: 9 } }, { show: generation })
  },
  "delete-answers": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.delete(s.core("configmaps", "one"))
    await s.delete(s.core("configmaps", "one"))
    await s.post(s.core("services"), service("web"))
    await s.delete(s.core("services", "web"))
  },
  "delete-preconditions": async (s) => {
    const made = await s.post(s.core("configmaps"), configMap("one"))
    const options = (preconditions: Record<string, string>) => ({
      kind: "DeleteOptions",
      apiVersion: "v1",
      preconditions,
    })
    await s.delete(s.core("configmaps", "one"), options({ uid: "33333333-3333-3333-3333-333333333333" }))
    await s.delete(s.core("configmaps", "one"), options({ resourceVersion: "1" }), {
      show: (body) => text(body, "reason"),
    })
    await s.delete(s.core("configmaps", "one"), options({ uid: text(made, "metadata", "uid") }))
  },
  "delete-dry-run": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"))
    await s.delete(`${s.core("configmaps", "one")}?dryRun=All`)
    await s.get(s.core("configmaps", "one"))
  },
  "delete-collection": async (s) => {
    for (const name of ["a", "b", "c"]) {
      await s.quiet(
        "POST",
        s.core("configmaps"),
        configMap(name, {}, { labels: { pick: name === "c" ? "no" : "yes" } }),
      )
    }
    await s.delete(`${s.core("configmaps")}?labelSelector=pick%3Dyes`)
    await s.get(`${s.core("configmaps")}?labelSelector=pick`)
  },
  "dry-run-create-and-update": async (s) => {
    await s.post(`${s.core("configmaps")}?dryRun=All`, configMap("one"))
    await s.get(s.core("configmaps", "one"))
    await s.post(s.core("configmaps"), configMap("one"))
    await s.put(`${s.core("configmaps", "one")}?dryRun=All`, configMap("one", { key: "other" }))
    await s.get(s.core("configmaps", "one"))
    await s.post(`${s.core("configmaps")}?dryRun=Some`, configMap("two"))
  },
  "method-not-allowed": async (s) => {
    await s.send("POST", s.core("configmaps", "one"), configMap("one"))
    await s.send("PUT", s.core("configmaps"), configMap("one"))
    await s.send("DELETE", "/api/v1/namespaces")
    await s.send("PATCH", s.core("configmaps", "one"), {}, { contentType: "application/json" })
  },
  "field-manager-of-user-agent": async (s) => {
    await s.post(s.core("configmaps"), configMap("one"), { headers: { "user-agent": "my-tool/2.0 (linux)" } })
    await s.post(`${s.core("configmaps")}?fieldManager=named`, configMap("two"))
    await s.post(`${s.core("configmaps")}?fieldManager=${"x".repeat(129)}`, configMap("three"))
  },
})
