import { suite } from "../case.ts"
import { at, isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { PlayedKubelet, settled } from "./kubelet.ts"
import { deployment, pod, service } from "./objects.ts"

const slices = (s: Session): string => s.in("discovery.k8s.io/v1", "endpointslices")

/** Slices without their generated names, endpoints by address. */
const sliceContent = (body: Json): Json =>
  list(body, "items").map((slice) => ({
    ...(slice as JsonObject),
    endpoints: list(slice, "endpoints").sort((a, b) => (text(a, "addresses", 0) < text(b, "addresses", 0) ? -1 : 1)),
  }))

const job = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: {
    template: {
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        containers: [{ name: "main", image: "app:1" }],
      },
    },
    ...spec,
  },
})

const jobs = (s: Session, name?: string): string => s.in("batch/v1", "jobs", name)

const ended =
  (type: string) =>
  (body: Json): boolean =>
    list(body, "status", "conditions").some((item) => text(item, "type") === type && text(item, "status") === "True")

async function noteEvents(s: Session): Promise<void> {
  const [body] = await settled(s, s.core("events"), s.core("pods"))
  s.note(
    "events",
    list(body, "items")
      .map(
        (event) =>
          `${text(event, "type")} ${text(event, "reason")} ${text(event, "source", "component") || text(event, "reportingComponent")} ${text(event, "involvedObject", "kind")}: ${text(event, "message")}`,
      )
      .sort(),
  )
}

export const endpoints = suite(
  "endpoints",
  {
    "service-without-pods": async (s) => {
      await s.quiet("POST", s.core("services"), service("web"))
      await s.until("its slice", slices(s), (body) => list(body, "items").length === 1)
      await s.until("its endpoints", s.core("endpoints", "web"), (body) => text(body, "kind") === "Endpoints")
      await s.get(slices(s))
      await s.get(s.core("endpoints", "web"))
    },
    "ready-and-not-ready": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", s.core("services"), service("web"))
      await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { replicas: 1 }))
      await kubelet.start(1)
      await s.until(
        "its endpoint",
        slices(s),
        (body) => at(body, "items", 0, "endpoints", 0, "conditions", "ready") === true,
      )
      await s.get(slices(s), { show: sliceContent })
      await s.get(s.core("endpoints", "web"))
      const [first] = await kubelet.pods()
      await s.quiet(
        "PATCH",
        `${s.core("pods", text(first, "metadata", "name"))}/status`,
        { status: { conditions: [{ type: "Ready", status: "False" }] } },
        { contentType: "application/strategic-merge-patch+json" },
      )
      await s.until(
        "it is not ready",
        slices(s),
        (body) => at(body, "items", 0, "endpoints", 0, "conditions", "ready") === false,
      )
      await s.get(slices(s), { show: (body) => list(body, "items").map((slice) => at(slice, "endpoints") ?? null) })
      await s.get(s.core("endpoints", "web"), { show: (body) => at(body, "subsets") ?? null })
    },
    terminating: async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", s.core("services"), service("web"))
      await s.quiet("POST", s.core("pods"), pod("p", {}, { labels: { app: "web" } }))
      await kubelet.start(1)
      await s.until(
        "its endpoint",
        slices(s),
        (body) => at(body, "items", 0, "endpoints", 0, "conditions", "ready") === true,
      )
      await s.quiet("DELETE", s.core("pods", "p"))
      await s.until(
        "it is terminating",
        slices(s),
        (body) => at(body, "items", 0, "endpoints", 0, "conditions", "terminating") === true,
      )
      await s.get(slices(s), { show: (body) => list(body, "items").map((slice) => at(slice, "endpoints") ?? null) })
      await kubelet.remove(1)
      await s.until("it is gone", slices(s), (body) => list(body, "items", 0, "endpoints").length === 0)
      await s.get(slices(s), {
        show: (body) =>
          list(body, "items").map((slice) => ({
            endpoints: at(slice, "endpoints") ?? null,
            ports: at(slice, "ports") ?? null,
          })),
      })
    },
    "named-port-and-headless": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet(
        "POST",
        s.core("services"),
        service("web", {
          clusterIP: "None",
          ports: [
            { name: "http", port: 80, targetPort: "web" },
            { name: "other", port: 81, targetPort: "none" },
          ],
        }),
      )
      await s.quiet(
        "POST",
        s.core("pods"),
        pod(
          "p",
          { containers: [{ name: "main", image: "app:1", ports: [{ name: "web", containerPort: 8080 }] }] },
          { labels: { app: "web" } },
        ),
      )
      await kubelet.start(1)
      await s.until("its endpoint", slices(s), (body) => list(body, "items", 0, "endpoints").length === 1)
      await settled(s, slices(s), s.core("endpoints"))
      await s.get(slices(s), {
        show: (body) =>
          list(body, "items").map((slice) => ({
            labels: at(slice, "metadata", "labels") ?? null,
            ports: at(slice, "ports") ?? null,
            endpoints: at(slice, "endpoints") ?? null,
          })),
      })
      await s.get(s.core("endpoints", "web"), {
        show: (body) => ({ labels: at(body, "metadata", "labels") ?? null, subsets: at(body, "subsets") ?? null }),
      })
    },
    "service-goes": async (s) => {
      await s.quiet("POST", s.core("services"), service("web"))
      await s.until("its slice", slices(s), (body) => list(body, "items").length === 1)
      await s.quiet("DELETE", s.core("services", "web"))
      await s.until("no slice", slices(s), (body) => list(body, "items").length === 0)
      await s.untilGone(s.core("endpoints", "web"))
      await s.get(s.core("endpoints"))
    },
    "without-selector": async (s) => {
      await s.quiet("POST", s.core("services"), {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "manual" },
        spec: { ports: [{ port: 80 }] },
      })
      await s.quiet("POST", s.core("services"), service("web"))
      await s.until("the other's slice", slices(s), (body) => list(body, "items").length > 0)
      await s.get(slices(s), {
        show: (body) =>
          list(body, "items").map((slice) => text(slice, "metadata", "labels", "kubernetes.io/service-name")),
      })
    },
  },
  ["controllers"],
)

export const jobCases = suite(
  "jobs",
  {
    completes: async (s) => {
      await s.quiet("POST", jobs(s), job("once"))
      await s.until("its pod", s.core("pods"), (body) => list(body, "items").length === 1)
      await settled(s, jobs(s))
      await s.get(jobs(s, "once"))
      await s.get(s.core("pods"), {
        show: (body) =>
          list(body, "items").map((item) => ({
            metadata: { ...(at(item, "metadata") as JsonObject), managedFields: null, resourceVersion: null },
          })),
      })
      await new PlayedKubelet(s).finish(1, "Succeeded")
      await s.until("it is complete", jobs(s, "once"), ended("Complete"))
      await s.get(jobs(s, "once"), { show: (body) => at(body, "status") ?? null })
      await settled(s, s.core("pods"))
      await s.get(s.core("pods"), {
        show: (body) => list(body, "items").map((item) => at(item, "metadata", "finalizers") ?? null),
      })
      await noteEvents(s)
    },
    "several-completions": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", jobs(s), job("many", { completions: 3, parallelism: 2 }))
      await s.until("two run", jobs(s, "many"), (body) => at(body, "status", "active") === 2)
      await kubelet.finish(1, "Succeeded")
      await s.until(
        "one is done, two run",
        jobs(s, "many"),
        (body) => at(body, "status", "succeeded") === 1 && at(body, "status", "active") === 2,
      )
      await kubelet.finish(2, "Succeeded")
      await s.until("it is complete", jobs(s, "many"), ended("Complete"))
      await s.get(jobs(s, "many"), { show: (body) => at(body, "status") ?? null })
    },
    "fails-past-its-limit": async (s) => {
      await s.quiet("POST", jobs(s), job("bad", { backoffLimit: 0 }))
      await new PlayedKubelet(s).finish(1, "Failed")
      await s.until("it has failed", jobs(s, "bad"), ended("Failed"))
      await s.get(jobs(s, "bad"), { show: (body) => at(body, "status") ?? null })
      await noteEvents(s)
    },
    suspended: async (s) => {
      await s.quiet("POST", jobs(s), job("later", { suspend: true }))
      await s.until("it says so", jobs(s, "later"), ended("Suspended"))
      await s.get(jobs(s, "later"), { show: (body) => at(body, "status") ?? null })
      await s.quiet(
        "PATCH",
        jobs(s, "later"),
        { spec: { suspend: false } },
        { contentType: "application/merge-patch+json" },
      )
      await s.until("it runs", jobs(s, "later"), (body) => at(body, "status", "active") === 1)
      await s.get(jobs(s, "later"), { show: (body) => at(body, "status") ?? null })
      await noteEvents(s)
    },
    overdue: async (s) => {
      // A start time is kept in whole seconds, so one second may be over before the pod has its node: then it goes at once.
      await s.quiet("POST", jobs(s), job("slow", { activeDeadlineSeconds: 2 }))
      await s.until(
        "its pod is leaving",
        s.core("pods"),
        (body) => text(body, "items", 0, "metadata", "deletionTimestamp") !== "",
      )
      await new PlayedKubelet(s).remove(1)
      await s.until("it has failed", jobs(s, "slow"), ended("Failed"))
      await s.get(jobs(s, "slow"), { show: (body) => at(body, "status") ?? null })
    },
    "goes-after-its-time": async (s) => {
      await s.quiet("POST", jobs(s), job("brief", { ttlSecondsAfterFinished: 0 }))
      await new PlayedKubelet(s).finish(1, "Succeeded")
      await s.untilGone(jobs(s, "brief"))
      await s.until("its pod is gone", s.core("pods"), (body) => list(body, "items").length === 0)
      await s.get(jobs(s))
    },
  },
  ["controllers"],
)

export const scheduling = suite(
  "scheduling",
  {
    placed: async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p"))
      await s.until("it has a node", s.core("pods", "p"), (body) => text(body, "spec", "nodeName") !== "")
      await s.get(s.core("pods", "p"), {
        show: (body) => ({
          node: text(body, "spec", "nodeName"),
          status: at(body, "status") ?? null,
          managedFields: at(body, "metadata", "managedFields") ?? null,
        }),
      })
      await s.until("it is told", s.core("events"), (body) => list(body, "items").length === 1)
      await s.get(s.core("events"))
    },
    "fits-nowhere": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeSelector: { disk: "ssd" } }))
      await s.until("it says so", s.core("pods", "p"), (body) => list(body, "status", "conditions").length > 0)
      await s.get(s.core("pods", "p"))
      await s.until("it is told", s.core("events"), (body) => list(body, "items").length === 1)
      await s.get(s.core("events"))
    },
    affinity: async (s) => {
      const terms = (operator: string, values: string[]): JsonObject => ({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/os", operator, values }] }],
            },
          },
        },
      })
      await s.quiet("POST", s.core("pods"), pod("fits", terms("In", ["linux"])))
      await s.quiet("POST", s.core("pods"), pod("misfits", terms("NotIn", ["linux"])))
      await s.until("one has a node", s.core("pods", "fits"), (body) => text(body, "spec", "nodeName") !== "")
      await s.until(
        "the other says why not",
        s.core("pods", "misfits"),
        (body) => list(body, "status", "conditions").length > 0,
      )
      await s.get(s.core("pods", "misfits"), { show: (body) => at(body, "status", "conditions") ?? null })
    },
    "too-large": async (s) => {
      await s.quiet(
        "POST",
        s.core("pods"),
        pod("p", {
          containers: [{ name: "main", image: "app:1", resources: { requests: { cpu: "1000", memory: "1Ti" } } }],
        }),
      )
      await s.until("it says so", s.core("pods", "p"), (body) => list(body, "status", "conditions").length > 0)
      await s.get(s.core("pods", "p"), { show: (body) => at(body, "status", "conditions") ?? null })
    },
    "other-scheduler-or-gated": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("other", { schedulerName: "mine" }))
      const gated = pod("gated", { schedulingGates: [{ name: "example.com/wait" }] })
      await s.post(s.core("pods"), gated, { show: (body) => at(body, "status") ?? body })
      await s.quiet("POST", s.core("pods"), pod("plain"))
      await s.until(
        "the plain one has a node",
        s.core("pods", "plain"),
        (body) => text(body, "spec", "nodeName") !== "",
      )
      await s.get(s.core("pods", "other"), {
        show: (body) => ({ node: text(body, "spec", "nodeName"), status: at(body, "status") ?? null }),
      })
      await s.get(s.core("pods", "gated"), { show: (body) => (isObject(body) ? (body["status"] ?? null) : null) })
      await s.quiet(
        "PATCH",
        s.core("pods", "gated"),
        { spec: { schedulingGates: null } },
        { contentType: "application/merge-patch+json" },
      )
      await s.until(
        "the gated one has a node",
        s.core("pods", "gated"),
        (body) => text(body, "spec", "nodeName") !== "",
      )
      await s.get(s.core("pods", "gated"), { show: (body) => (isObject(body) ? (body["status"] ?? null) : null) })
    },
  },
  ["controllers"],
)
