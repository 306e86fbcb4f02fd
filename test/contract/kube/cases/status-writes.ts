import { suite } from "../case.ts"
import { at, isObject, type Json, type JsonObject } from "../../harness/json.ts"
import { configMap, deployment, pod, service, widgets } from "./objects.ts"

const podSpec = { containers: [{ name: "main", image: "app:1" }] }
const template = { metadata: { labels: { app: "x" } }, spec: podSpec }
const selector = { matchLabels: { app: "x" } }

const of = (apiVersion: string, kind: string, spec: JsonObject): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  spec,
})

/** One of each kind that has a status, by resource. Nothing acts on them: they are paused, without pods, or elsewhere. */
const objects: readonly (readonly [groupVersion: string, resource: string, object: JsonObject])[] = [
  ["apps/v1", "deployments", { ...deployment("x", { replicas: 0, paused: true }) }],
  ["apps/v1", "replicasets", of("apps/v1", "ReplicaSet", { replicas: 0, selector, template })],
  ["apps/v1", "statefulsets", of("apps/v1", "StatefulSet", { replicas: 0, selector, template, serviceName: "x" })],
  [
    "apps/v1",
    "daemonsets",
    of("apps/v1", "DaemonSet", {
      selector,
      template: { ...template, spec: { ...podSpec, nodeSelector: { none: "such" } } },
    }),
  ],
  [
    "batch/v1",
    "jobs",
    of("batch/v1", "Job", { suspend: true, template: { spec: { ...podSpec, restartPolicy: "Never" } } }),
  ],
  [
    "batch/v1",
    "cronjobs",
    of("batch/v1", "CronJob", {
      schedule: "0 0 1 1 *",
      suspend: true,
      jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } },
    }),
  ],
  [
    "autoscaling/v2",
    "horizontalpodautoscalers",
    of("autoscaling/v2", "HorizontalPodAutoscaler", {
      maxReplicas: 2,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" },
    }),
  ],
  ["policy/v1", "poddisruptionbudgets", of("policy/v1", "PodDisruptionBudget", { maxUnavailable: 1, selector })],
  [
    "networking.k8s.io/v1",
    "ingresses",
    of("networking.k8s.io/v1", "Ingress", { defaultBackend: { service: { name: "x", port: { number: 80 } } } }),
  ],
  ["v1", "pods", pod("x", { schedulerName: "none" })],
  ["v1", "services", service("x")],
  [
    "v1",
    "replicationcontrollers",
    of("v1", "ReplicationController", { replicas: 0, selector: { app: "x" }, template }),
  ],
  [
    "v1",
    "persistentvolumeclaims",
    of("v1", "PersistentVolumeClaim", {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "",
      resources: { requests: { storage: "1Gi" } },
    }),
  ],
  ["v1", "resourcequotas", of("v1", "ResourceQuota", { hard: { pods: "5" } })],
]

/** What a status write could have changed. */
const shown = (body: Json): Json => {
  const metadata = at(body, "metadata")
  if (!isObject(metadata)) return body
  const { labels = null, annotations = null, finalizers = null, ownerReferences = null, generation = null } = metadata
  return { labels, annotations, finalizers, ownerReferences, generation }
}

const metadata = (owner: Json): JsonObject => ({
  labels: { of: "status" },
  annotations: { of: "status" },
  finalizers: ["example.com/status"],
  ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: at(owner, "metadata", "uid") ?? "" }],
})

export const statusWrites = suite(
  "status-writes",
  Object.fromEntries(
    objects.map(([groupVersion, resource, object]) => [
      `metadata-of-${resource}`,
      async (s) => {
        const place = (name?: string): string =>
          groupVersion === "v1" ? s.core(resource, name) : s.in(groupVersion, resource, name)
        const owner = await s.quiet("POST", s.core("configmaps"), configMap("owner"))
        await s.quiet("POST", place(), object)
        await s.patch(
          "merge",
          `${place("x")}/status`,
          { metadata: metadata(owner), spec: { none: 1 } },
          { show: shown },
        )
        await s.get(place("x"), { show: shown })
      },
    ]),
  ),
)

export const customStatusWrites = suite("custom-status-writes", {
  metadata: async (s) => {
    const group = "statuses.example.com"
    await s.quiet(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      widgets(group, { subresources: { status: {} } }),
    )
    const all = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", all, (body) => at(body, "kind") === "WidgetList")
    const owner = await s.quiet("POST", s.core("configmaps"), configMap("owner"))
    await s.quiet("POST", all, of(`${group}/v1`, "Widget", { size: 1 }))
    const body = { metadata: metadata(owner), status: { phase: "Ready" } }
    await s.patch("merge", `${all}/x/status`, body, { show: shown })
    await s.get(`${all}/x`, { show: shown })
  },
})
