import { suite } from "../case.ts"
import { at, isObject, list, text, type Json } from "../../harness/json.ts"
import { configMap, deployment, pod, service, widgets } from "./objects.ts"

const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

/** Columns without their descriptions, which are long, and cells. */
const columnsAndCells = (body: Json): Json =>
  text(body, "kind") === "Table"
    ? {
        columns: list(body, "columnDefinitions").map((column) => {
          if (!isObject(column)) return column
          const { description: _, ...rest } = column
          return rest
        }),
        cells: list(body, "rows").map((row) => at(row, "cells") ?? null),
      }
    : body

const table = { accept: asTable, show: columnsAndCells }

export const tables = suite("tables", {
  shape: async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { k: "v" }, { labels: { set: "x" } }))
    await s.get(`${s.core("configmaps")}?labelSelector=set`, { accept: asTable })
    await s.get(s.core("configmaps", "a"), { accept: asTable })
  },
  "include-object": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { k: "v" }))
    const rows = (body: Json): Json => list(body, "rows").map((row) => at(row, "object") ?? null)
    await s.get(`${s.core("configmaps", "a")}?includeObject=None`, { accept: asTable, show: rows })
    await s.get(`${s.core("configmaps", "a")}?includeObject=Object`, { accept: asTable, show: rows })
    await s.get(`${s.core("configmaps", "a")}?includeObject=Half`, { accept: asTable })
  },
  "empty-columns-of-every-kind": async (s) => {
    for (const resource of [
      "configmaps",
      "secrets",
      "services",
      "pods",
      "endpoints",
      "events",
      "serviceaccounts",
      "persistentvolumeclaims",
      "replicationcontrollers",
      "resourcequotas",
      "limitranges",
      "podtemplates",
    ]) {
      await s.get(`${s.core(resource)}?fieldSelector=metadata.name%3Dnone`, table)
    }
    for (const [groupVersion, resource] of [
      ["apps/v1", "deployments"],
      ["apps/v1", "replicasets"],
      ["apps/v1", "statefulsets"],
      ["apps/v1", "daemonsets"],
      ["apps/v1", "controllerrevisions"],
      ["batch/v1", "jobs"],
      ["batch/v1", "cronjobs"],
      ["autoscaling/v2", "horizontalpodautoscalers"],
      ["discovery.k8s.io/v1", "endpointslices"],
      ["networking.k8s.io/v1", "ingresses"],
      ["networking.k8s.io/v1", "networkpolicies"],
      ["policy/v1", "poddisruptionbudgets"],
      ["rbac.authorization.k8s.io/v1", "roles"],
      ["rbac.authorization.k8s.io/v1", "rolebindings"],
      ["coordination.k8s.io/v1", "leases"],
    ] as const) {
      await s.get(s.in(groupVersion, resource), table)
    }
  },
  "cluster-kinds": async (s) => {
    const one = "?fieldSelector=metadata.name%3Dnone"
    await s.get(`/api/v1/namespaces?fieldSelector=metadata.name%3D${s.ns}`, table)
    await s.get(`/api/v1/nodes${one}`, table)
    await s.get(`/api/v1/persistentvolumes${one}`, table)
    await s.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles?fieldSelector=metadata.name%3Dview`, {
      accept: asTable,
      show: (body) => list(body, "columnDefinitions").map((column) => at(column, "name") ?? null),
    })
    await s.get(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings${one}`, table)
    await s.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions${one}`, table)
    await s.get(`/apis/storage.k8s.io/v1/storageclasses${one}`, table)
    await s.get(`/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical`, table)
    await s.get(`/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations${one}`, table)
  },
  services: async (s) => {
    await s.quiet("POST", s.core("services"), service("a"))
    await s.quiet(
      "POST",
      s.core("services"),
      service("b", {
        clusterIP: "None",
        ports: [
          { name: "x", port: 1 },
          { name: "y", port: 2, protocol: "UDP" },
        ],
      }),
    )
    await s.quiet("POST", s.core("services"), service("c", { type: "NodePort" }))
    await s.quiet("POST", s.core("services"), service("d", { type: "LoadBalancer", externalIPs: ["1.2.3.4"] }))
    await s.quiet("POST", s.core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "e" },
      spec: { type: "ExternalName", externalName: "example.com" },
    })
    await s.quiet("GET", s.core("services"))
    await s.get(s.core("services"), table)
  },
  deployments: async (s) => {
    await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { paused: true, replicas: 3 }))
    await s.get(s.in("apps/v1", "deployments"), table)
  },
  "config-and-accounts": async (s) => {
    await s.quiet("POST", s.core("configmaps"), {
      ...configMap("a", { x: "1", y: "2" }, { labels: { set: "x" } }),
      binaryData: { z: "eA==" },
    })
    await s.quiet("POST", s.core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      data: { k: "eA==" },
    })
    await s.quiet("POST", s.core("serviceaccounts"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "sa", labels: { set: "x" } },
    })
    for (const resource of ["configmaps", "serviceaccounts"])
      await s.get(`${s.core(resource)}?labelSelector=set`, table)
    await s.get(s.core("secrets"), table)
  },
  "widgets-with-columns": async (s) => {
    const group = "table.example.com"
    const columns = {
      additionalPrinterColumns: [
        { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big" },
        { name: "First", type: "string", jsonPath: ".spec.parts[0].name", priority: 1 },
        { name: "Phase", type: "string", jsonPath: ".status.phase" },
        { name: "Made", type: "date", jsonPath: ".metadata.creationTimestamp" },
        { name: "Flag", type: "boolean", jsonPath: ".metadata.annotations.flag" },
      ],
    }
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group, columns))
    const all = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", all, (body) => text(body, "kind") === "WidgetList")
    await s.get(all, { accept: asTable })
    for (const [name, spec] of Object.entries({ a: { size: 1, parts: [{ name: "p" }] }, b: { size: 2 } })) {
      await s.quiet("POST", all, {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name },
        spec,
        status: { phase: name },
      })
    }
    await s.get(all, { accept: asTable })
  },
  "widgets-without-columns": async (s) => {
    const group = "plain.example.com"
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group))
    const all = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", all, (body) => text(body, "kind") === "WidgetList")
    await s.quiet("POST", all, {
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name: "w" },
      spec: { size: 1 },
    })
    await s.get(all, table)
  },
})

export const podTables = suite(
  "pod-tables",
  {
    phases: async (s) => {
      const waiting = (reason: string) => ({
        name: "main",
        ready: false,
        restartCount: 0,
        image: "app:1",
        imageID: "",
        state: { waiting: { reason } },
      })
      const ended = (reason: string, exitCode: number) => ({
        name: "main",
        ready: false,
        restartCount: 2,
        image: "app:1",
        imageID: "",
        state: { terminated: { reason, exitCode, finishedAt: "2026-01-01T00:00:00Z" } },
      })
      const statuses: Record<string, Json> = {
        pending: { phase: "Pending" },
        pulling: { phase: "Pending", containerStatuses: [waiting("ImagePullBackOff")] },
        crashing: { phase: "Running", containerStatuses: [{ ...waiting("CrashLoopBackOff"), restartCount: 3 }] },
        done: { phase: "Succeeded", containerStatuses: [ended("Completed", 0)] },
        failed: { phase: "Failed", containerStatuses: [ended("Error", 1)] },
        evicted: { phase: "Failed", reason: "Evicted" },
        signalled: { phase: "Failed", containerStatuses: [ended("", 137)] },
        running: {
          phase: "Running",
          podIP: "10.1.1.1",
          podIPs: [{ ip: "10.1.1.1" }],
          conditions: [{ type: "Ready", status: "True" }],
          containerStatuses: [
            {
              name: "main",
              ready: true,
              restartCount: 0,
              image: "app:1",
              imageID: "",
              started: true,
              state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
            },
          ],
        },
      }
      for (const [name, status] of Object.entries(statuses)) {
        await s.quiet("POST", s.core("pods"), pod(name, { nodeName: "somewhere" }))
        await s.quiet(
          "PATCH",
          `${s.core("pods", name)}/status`,
          { status },
          { contentType: "application/merge-patch+json" },
        )
      }
      await s.quiet("POST", s.core("pods"), pod("leaving", { nodeName: "somewhere" }))
      await s.quiet("DELETE", s.core("pods", "leaving"))
      await s.get(s.core("pods"), table)
    },
    "init-containers": async (s) => {
      const init = (state: Json, more: object = {}): Json => ({
        name: "init",
        ready: false,
        restartCount: 0,
        image: "i:1",
        imageID: "",
        state,
        ...more,
      })
      const statuses: Record<string, Json> = {
        initial: {
          phase: "Pending",
          initContainerStatuses: [init({ running: { startedAt: "2026-01-01T00:00:00Z" } })],
        },
        waits: { phase: "Pending", initContainerStatuses: [init({ waiting: { reason: "CrashLoopBackOff" } })] },
        broken: { phase: "Pending", initContainerStatuses: [init({ terminated: { exitCode: 3, reason: "Error" } })] },
      }
      for (const [name, status] of Object.entries(statuses)) {
        await s.quiet(
          "POST",
          s.core("pods"),
          pod(name, { nodeName: "somewhere", initContainers: [{ name: "init", image: "i:1" }] }),
        )
        await s.quiet(
          "PATCH",
          `${s.core("pods", name)}/status`,
          { status },
          { contentType: "application/merge-patch+json" },
        )
      }
      await s.get(s.core("pods"), table)
    },
  },
  ["controllers"],
)
