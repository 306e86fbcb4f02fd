import { suite } from "../case.ts"
import { at, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import { configMap, deployment, pod, widgets, withoutController } from "./objects.ts"

const specAndStatus = (body: Json): Json =>
  text(body, "kind") === "Status" ? body : { spec: at(body, "spec") ?? null, status: at(body, "status") ?? null }

export const subresources = suite("subresources", {
  scale: async (s) => {
    const path = `${s.in("apps/v1", "deployments", "web")}/scale`
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { paused: true }))
    const { resourceVersion: _, ...metadata } = at(await s.quiet("GET", path), "metadata") as { [key: string]: Json }
    s.note("metadata", metadata)
    await s.get(path, { show: specAndStatus })
    await s.put(
      path,
      {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "web", namespace: s.ns },
        spec: { replicas: 4 },
      },
      { show: specAndStatus },
    )
    await s.patch("merge", path, { spec: { replicas: 2 } }, { show: specAndStatus })
    await s.patch("merge", path, { spec: { replicas: -2 } })
    await s.get(s.in("apps/v1", "deployments", "web"), { show: (body) => at(body, "spec", "replicas") ?? body })
    await s.get(`${s.in("apps/v1", "deployments", "none")}/scale`)
    await s.get(`${s.core("configmaps", "none")}/scale`)
  },
  "status-leaves-spec": async (s) => {
    const path = s.core("services", "web")
    await s.quiet("POST", s.core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { ports: [{ port: 80 }] },
    })
    await s.patch("merge", `${path}/status`, {
      metadata: { labels: { from: "status" } },
      spec: { selector: { a: "b" } },
      status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
    })
    await s.patch("merge", path, { status: { loadBalancer: { ingress: null } } }, { show: specAndStatus })
    await s.get(`${path}/status`, { show: specAndStatus })
  },
  "status-of-deployment": async (s) => {
    const path = s.in("apps/v1", "deployments", "web")
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { paused: true }))
    await s.patch("merge", `${path}/status`, { status: { replicas: -1 } })
    await s.patch("merge", `${path}/status`, { status: { replicas: 1, readyReplicas: 2 } })
    await s.get(`${path}/nothing`)
  },
  "scale-ownership": async (s) => {
    const path = s.in("apps/v1", "deployments", "web")
    const owners = async () =>
      s.get(path, {
        show: (body) => ({
          replicas: at(body, "spec", "replicas") ?? null,
          owners: list(body, "metadata", "managedFields")
            .filter((entry) => at(entry, "fieldsV1", "f:spec") !== undefined)
            .map((entry) => ({
              ...(entry as JsonObject),
              fieldsV1: at(entry, "fieldsV1", "f:spec", "f:replicas") === undefined ? "others" : "replicas",
            })),
        }),
      })
    const scale = (replicas: number, manager: string, more: JsonObject = {}) =>
      s.quiet(
        "PATCH",
        `${path}/scale?fieldManager=${manager}`,
        { spec: { replicas }, ...more },
        { contentType: "application/merge-patch+json" },
      )
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { paused: true, replicas: 1 }))
    await owners()
    await scale(2, "scaler")
    await owners()
    await scale(3, "scaler")
    await owners()
    await scale(4, "other")
    await owners()
    await s.put(
      `${path}/scale`,
      { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 5 } },
      { show: (body) => at(body, "spec") ?? body },
    )
    await owners()
    // Nothing new, then something.
    await scale(5, "scaler")
    await owners()
    await scale(6, "scaler")
    await owners()
    await s.quiet("PATCH", path, { spec: { replicas: 7 } }, { contentType: "application/merge-patch+json" })
    await owners()
  },
  "widget-status-and-scale": async (s) => {
    const group = "sub.example.com"
    const subresource = {
      subresources: {
        status: {},
        scale: {
          specReplicasPath: ".spec.size",
          statusReplicasPath: ".status.size",
          labelSelectorPath: ".status.selector",
        },
      },
    }
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group, subresource))
    const all = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", all, (body) => text(body, "kind") === "WidgetList")
    const path = s.in(`${group}/v1`, "widgets", "w")
    await s.post(all, {
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name: "w" },
      spec: { size: 2 },
      status: { phase: "ignored" },
    })
    await s.patch("merge", path, { status: { phase: "ignored" } })
    await s.patch("merge", `${path}/status`, { spec: { size: 9 }, status: { phase: "Ready" } })
    await s.patch("merge", `${path}/status`, { status: { phase: 5 } })
    await s.patch("merge", path, { spec: { size: 3 } }, { show: (body) => at(body, "metadata", "generation") ?? body })
    await s.get(`${path}/scale`)
    await s.patch("merge", `${path}/scale`, { spec: { replicas: 4 } })
    await s.get(path)
  },
  "none-of-configmap": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    await s.get(`${s.core("configmaps", "a")}/status`)
    await s.patch("merge", `${s.core("configmaps", "a")}/status`, {})
  },
  "namespace-finalize": async (s) => {
    const name = `${s.ns}-b`
    await s.quiet("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, finalizers: ["example.com/hold"] },
    })
    await s.put(`/api/v1/namespaces/${name}/finalize`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, finalizers: ["example.com/hold"] },
      spec: { finalizers: ["kubernetes", "example.com/mine"] },
    })
    await s.patch("merge", `/api/v1/namespaces/${name}`, { spec: { finalizers: [] } }, { show: specAndStatus })
  },
})

export const podSubresources = suite(
  "pod-subresources",
  {
    binding: async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { schedulerName: "by-hand" }))
      const bind = (node: string) => ({
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "p" },
        target: { apiVersion: "v1", kind: "Node", name: node },
      })
      await s.post(`${s.core("pods", "p")}/binding`, bind("somewhere"))
      await s.get(s.core("pods", "p"))
      await s.post(`${s.core("pods", "p")}/binding`, bind("elsewhere"))
    },
    eviction: async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeName: "somewhere" }))
      await s.post(`${s.core("pods", "p")}/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: "p", namespace: s.ns },
      })
      await s.get(s.core("pods", "p"), { show: (body) => at(body, "metadata", "deletionGracePeriodSeconds") ?? body })
    },
    "ephemeral-status-and-qos": async (s) => {
      for (const [name, resources] of Object.entries({
        best: {},
        burst: { requests: { cpu: "100m" } },
        sure: { limits: { cpu: "1", memory: "64Mi" } },
      })) {
        await s.post(
          s.core("pods"),
          pod(name, { nodeSelector: { none: "such" }, containers: [{ name: "main", image: "app:1", resources }] }),
          {
            show: (body) => ({
              status: at(body, "status") ?? null,
              resources: at(body, "spec", "containers", 0, "resources") ?? null,
            }),
          },
        )
      }
    },
    "log-and-exec-need-a-node": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeSelector: { none: "such" } }))
      await s.get(`${s.core("pods", "p")}/log`)
      await s.get(`${s.core("pods", "p")}/log?container=none`)
      await s.get(`${s.core("pods", "none")}/log`)
      await s.post(`${s.core("pods", "p")}/exec?command=ls&stdout=1`, "")
      await s.post(`${s.core("pods", "none")}/exec?command=ls&stdout=1`, "")
    },
    "status-by-kubelet": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeName: "somewhere" }))
      await s.patch(
        "strategic",
        `${s.core("pods", "p")}/status`,
        {
          status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: "True" }],
            podIP: "10.9.9.9",
            podIPs: [{ ip: "10.9.9.9" }],
          },
        },
        { show: withoutController },
      )
      await s.patch(
        "strategic",
        `${s.core("pods", "p")}/status`,
        {
          status: { conditions: [{ type: "Ready", status: "False", reason: "Because" }] },
        },
        { show: specAndStatus },
      )
    },
  },
  ["controllers"],
)
