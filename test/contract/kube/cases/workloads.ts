import { suite } from "../case.ts"
import { at, isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { PlayedKubelet, settled } from "./kubelet.ts"
import { deployment } from "./objects.ts"

const merge = { contentType: "application/merge-patch+json" }

const deployments = (s: Session, name?: string): string => s.in("apps/v1", "deployments", name)
const sets = (s: Session): string => s.in("apps/v1", "replicasets")

/** Waits for the controllers and notes each ReplicaSet's sizes, by revision, and the Deployment's conditions. */
async function noteRollout(s: Session, what: string): Promise<void> {
  const [all, owners] = await settled(s, sets(s), deployments(s), s.core("pods"))
  const sizes = list(all, "items")
    .map((set) => ({
      revision: Number(text(set, "metadata", "annotations", "deployment.kubernetes.io/revision")),
      replicas: at(set, "spec", "replicas") ?? null,
      ready: at(set, "status", "readyReplicas") ?? 0,
      image: text(set, "spec", "template", "spec", "containers", 0, "image"),
    }))
    .sort((a, b) => a.revision - b.revision)
  const conditions = list(owners, "items").flatMap((owner) =>
    list(owner, "status", "conditions").map(
      (item) => `${text(item, "type")} ${text(item, "status")} ${text(item, "reason")}`,
    ),
  )
  s.note(what, { sets: sizes, conditions: conditions.sort() })
}

/** The events of the namespace in the order they were written, as kubectl describe shows them. */
async function noteEvents(s: Session, kinds: readonly string[]): Promise<void> {
  const [body] = await settled(s, s.core("events"))
  const told = list(body, "items")
    .filter((event) => kinds.includes(text(event, "involvedObject", "kind")))
    .sort((a, b) =>
      (text(a, "metadata", "name").split(".").at(-1) ?? "") < (text(b, "metadata", "name").split(".").at(-1) ?? "")
        ? -1
        : 1,
    )
    .map(
      (event) =>
        `${text(event, "type")} ${text(event, "reason")} ${text(event, "source", "component")} ${text(event, "involvedObject", "kind")}: ${text(event, "message")}`,
    )
  s.note("events", told)
}

/** Four pods of `app:1`, all ready. */
async function running(s: Session, spec: JsonObject = {}): Promise<PlayedKubelet> {
  const kubelet = new PlayedKubelet(s)
  await s.quiet("POST", deployments(s), deployment("web", { replicas: 4, ...spec }))
  await kubelet.start(4)
  await s.until("all are available", deployments(s, "web"), (body) => at(body, "status", "availableReplicas") === 4)
  return kubelet
}

/** Sets of one second have no order but that of their names, which hold a hash: wait for the next one. */
const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)))

const setImage = (s: Session, image: string): Promise<Json> =>
  s.quiet(
    "PATCH",
    deployments(s, "web"),
    { spec: { template: { spec: { containers: [{ name: "main", image }] } } } },
    {
      contentType: "application/strategic-merge-patch+json",
    },
  )

const withSortedConditions = (body: Json): Json => {
  if (!isObject(body) || !isObject(body["status"])) return body
  const conditions = list(body, "status", "conditions").sort((a, b) => (text(a, "type") < text(b, "type") ? -1 : 1))
  return { ...body, status: { ...body["status"], conditions } }
}

export const rollouts = suite(
  "rollouts",
  {
    "from-nothing": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 2 }))
      await settled(s, sets(s), deployments(s), s.core("pods"))
      await s.get(sets(s))
      await s.get(deployments(s, "web"), { show: withSortedConditions })
      await kubelet.start(2)
      await s.until(
        "both are available",
        deployments(s, "web"),
        (body) => at(body, "status", "availableReplicas") === 2,
      )
      await settled(s, sets(s), deployments(s), s.core("pods"))
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
      await s.get(sets(s), { show: (body) => list(body, "items").map((set) => at(set, "status") ?? null) })
    },
    "pods-of-a-set": async (s) => {
      await s.quiet("POST", deployments(s), deployment("web"))
      await s.until("its pod is on a node", s.core("pods"), (body) => text(body, "items", 0, "spec", "nodeName") !== "")
      await s.get(s.core("pods"))
    },
    "rolling-step-by-step": async (s) => {
      const kubelet = await running(s)
      await setImage(s, "app:2")
      await noteRollout(s, "new image")
      await kubelet.start(1)
      await noteRollout(s, "one new pod is ready")
      await kubelet.start(1)
      await noteRollout(s, "two")
      await kubelet.start(1)
      await noteRollout(s, "three")
      await kubelet.start(1)
      await noteRollout(s, "four")
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
      await noteEvents(s, ["Deployment"])
    },
    "surge-only": async (s) => {
      const kubelet = await running(s, { strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } })
      await setImage(s, "app:2")
      await noteRollout(s, "new image")
      await kubelet.start(2)
      await noteRollout(s, "two new pods are ready")
      await kubelet.start(2)
      await noteRollout(s, "four")
      await noteEvents(s, ["Deployment"])
    },
    "no-surge": async (s) => {
      const kubelet = await running(s, { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "50%" } } })
      await setImage(s, "app:2")
      await noteRollout(s, "new image")
      await kubelet.start(1)
      await noteRollout(s, "one new pod is ready")
      await noteEvents(s, ["Deployment"])
    },
    "third-image-on-the-way": async (s) => {
      const kubelet = await running(s)
      await nextSecond()
      await setImage(s, "app:2")
      await noteRollout(s, "second image")
      await kubelet.start(1)
      await noteRollout(s, "one pod of it is ready")
      await setImage(s, "app:3")
      await noteRollout(s, "third image")
      await kubelet.start(2)
      await noteRollout(s, "two pods are ready")
    },
    "back-to-an-earlier-template": async (s) => {
      const kubelet = await running(s)
      await setImage(s, "app:2")
      await kubelet.start(4)
      await noteRollout(s, "second image is out")
      await setImage(s, "app:1")
      await noteRollout(s, "first image again")
      await kubelet.start(4)
      await noteRollout(s, "it is out")
      await s.get(sets(s), {
        show: (body) =>
          list(body, "items")
            .map((set) => at(set, "metadata", "annotations") ?? null)
            .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      })
    },
    "scaled-in-the-middle": async (s) => {
      await running(s)
      await setImage(s, "app:2")
      await noteRollout(s, "new image")
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 10 } }, merge)
      await noteRollout(s, "ten are wanted")
      await noteEvents(s, ["Deployment"])
    },
    "scaled-down-in-the-middle": async (s) => {
      await running(s)
      await setImage(s, "app:2")
      await noteRollout(s, "new image")
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 2 } }, merge)
      await noteRollout(s, "two are wanted")
    },
    "scaled-to-zero-and-back": async (s) => {
      await running(s)
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 0 } }, merge)
      await noteRollout(s, "none is wanted")
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 3 } }, merge)
      await noteRollout(s, "three")
      await noteEvents(s, ["Deployment"])
    },
    paused: async (s) => {
      await running(s)
      await s.quiet("PATCH", deployments(s, "web"), { spec: { paused: true } }, merge)
      await setImage(s, "app:2")
      await noteRollout(s, "paused: a new image waits")
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 5 } }, merge)
      await noteRollout(s, "but it scales")
      await s.quiet("PATCH", deployments(s, "web"), { spec: { paused: false } }, merge)
      await noteRollout(s, "resumed")
    },
    recreate: async (s) => {
      const kubelet = await running(s, { strategy: { type: "Recreate" } })
      await setImage(s, "app:2")
      await noteRollout(s, "all old pods are leaving")
      await kubelet.remove(3)
      await noteRollout(s, "one is left")
      await kubelet.remove(1)
      await noteRollout(s, "none is left")
      await kubelet.start(4)
      await noteRollout(s, "four new ones")
      await noteEvents(s, ["Deployment"])
    },
    "deadline-passes": async (s) => {
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 1, progressDeadlineSeconds: 1 }))
      await s.until("it is overdue", deployments(s, "web"), (body) =>
        list(body, "status", "conditions").some((item) => text(item, "reason") === "ProgressDeadlineExceeded"),
      )
      await s.quiet("GET", sets(s))
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
      await new PlayedKubelet(s).start(1)
      await noteRollout(s, "the pod is ready after all")
    },
    "pods-cannot-be-made": async (s) => {
      const web = deployment("web", {
        template: {
          metadata: { labels: { app: "web" } },
          spec: { serviceAccountName: "missing", containers: [{ name: "main", image: "app:1" }] },
        },
      })
      await s.quiet("POST", deployments(s), web)
      await s.until("it says so", deployments(s, "web"), (body) =>
        list(body, "status", "conditions").some((item) => text(item, "type") === "ReplicaFailure"),
      )
      await s.quiet("GET", sets(s))
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
      await s.get(s.core("events"), {
        show: (body) =>
          [
            ...new Set(
              list(body, "items").map(
                (event) =>
                  `${text(event, "type")} ${text(event, "reason")} ${text(event, "involvedObject", "kind")}: ${text(event, "message")}`,
              ),
            ),
          ].sort(),
      })
      await s.quiet("POST", s.core("serviceaccounts"), {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "missing" },
      })
      await s.until("its pod comes", s.core("pods"), (body) => list(body, "items").length === 1)
      await noteRollout(s, "with the account")
    },
    "history-limit": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 1, revisionHistoryLimit: 1 }))
      for (const image of ["app:1", "app:2", "app:3", "app:4"]) {
        await setImage(s, image)
        await kubelet.start(1)
        await settled(s, sets(s), deployments(s), s.core("pods"))
      }
      await noteRollout(s, "after four images")
    },
    "pod-is-replaced": async (s) => {
      const kubelet = await running(s, { replicas: 4 })
      const [pod] = await kubelet.pods()
      await s.quiet("DELETE", s.core("pods", text(pod, "metadata", "name")))
      await noteRollout(s, "one is being deleted")
      s.note("pods", (await kubelet.pods()).length)
      await kubelet.remove(1)
      await kubelet.start(1)
      await noteRollout(s, "its successor is ready")
      await noteEvents(s, ["Deployment"])
    },
    "takes-in-orphans": async (s) => {
      await running(s)
      const [before] = list(await s.quiet("GET", sets(s)), "items")
      await s.quiet("DELETE", deployments(s, "web"), {
        kind: "DeleteOptions",
        apiVersion: "v1",
        propagationPolicy: "Orphan",
      })
      await s.untilGone(deployments(s, "web"))
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 4 }))
      await noteRollout(s, "a new Deployment takes over")
      const after = list(await s.quiet("GET", sets(s)), "items")
      s.note("same set", [after.length, text(after[0], "metadata", "uid") === text(before, "metadata", "uid")])
    },
    "min-ready-seconds": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 1, minReadySeconds: 60 }))
      await kubelet.start(1)
      await noteRollout(s, "ready, not yet available")
      await s.get(deployments(s, "web"), { show: (body) => at(withSortedConditions(body), "status") ?? null })
    },
    "set-events": async (s) => {
      await s.quiet("POST", deployments(s), deployment("web", { replicas: 2 }))
      await s.until(
        "both pods are placed",
        s.core("pods"),
        (body) => list(body, "items").filter((pod) => text(pod, "spec", "nodeName") !== "").length === 2,
      )
      await s.quiet("PATCH", deployments(s, "web"), { spec: { replicas: 1 } }, merge)
      await noteRollout(s, "one is wanted")
      const [body] = await settled(s, s.core("events"))
      const told = list(body, "items").map(
        (event) =>
          `${text(event, "reason")} ${text(event, "source", "component") || text(event, "reportingComponent")} ${text(event, "involvedObject", "kind")}`,
      )
      s.note("events", told.sort())
    },
  },
  ["controllers"],
)
