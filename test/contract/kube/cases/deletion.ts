import { suite } from "../case.ts"
import { at, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { PlayedKubelet } from "./kubelet.ts"
import { configMap, deployment, pod } from "./objects.ts"

const deleteOptions = (more: JsonObject): JsonObject => ({ kind: "DeleteOptions", apiVersion: "v1", ...more })

const metadata = (body: Json): Json => at(body, "metadata") ?? body

/** A ConfigMap owned by another; with `block` the owner waits for it in the foreground. */
const owned = (name: string, owner: Json, block = false): JsonObject =>
  configMap(
    name,
    {},
    {
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          name: text(owner, "metadata", "name"),
          uid: text(owner, "metadata", "uid"),
          ...(block && { blockOwnerDeletion: true, controller: true }),
        },
      ],
    },
  )

export const deletion = suite("deletion", {
  "waits-for-finalizers": async (s) => {
    const path = s.core("configmaps", "a")
    await s.post(s.core("configmaps"), configMap("a", {}, { finalizers: ["example.com/hold", "example.com/more"] }))
    await s.delete(path)
    await s.get(path)
    await s.delete(path, undefined, { show: metadata })
    await s.patch("merge", path, { metadata: { finalizers: ["example.com/hold", "example.com/new"] } })
    await s.patch("merge", path, { data: { still: "writable" } }, { show: metadata })
    await s.patch("json", path, [{ op: "remove", path: "/metadata/finalizers/0" }], { show: metadata })
    await s.get(path, { show: (body) => text(body, "kind") })
  },
  "propagation-policies": async (s) => {
    for (const propagationPolicy of ["Background", "Foreground", "Orphan", "Sideways"]) {
      await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { finalizers: ["example.com/hold"] }))
      await s.delete(s.core("configmaps", "a"), deleteOptions({ propagationPolicy }), { show: metadata })
      await s.quiet(
        "PATCH",
        s.core("configmaps", "a"),
        { metadata: { finalizers: null } },
        {
          contentType: "application/merge-patch+json",
        },
      )
      if (propagationPolicy === "Sideways") await s.delete(s.core("configmaps", "a"), undefined, { show: () => null })
      else await s.untilGone(s.core("configmaps", "a"))
    }
  },
  "options-in-query": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { finalizers: ["example.com/hold"] }))
    await s.delete(`${s.core("configmaps", "a")}?propagationPolicy=Foreground`, undefined, { show: metadata })
    await s.quiet("POST", s.core("configmaps"), configMap("b"))
    await s.delete(s.core("configmaps", "b"), deleteOptions({ orphanDependents: true, propagationPolicy: "Orphan" }))
    await s.delete(s.core("configmaps", "b"), { kind: "DeleteOptions", apiVersion: "v9" })
    await s.delete(s.core("configmaps", "b"), deleteOptions({ gracePeriodSeconds: -5 }))
  },
  "deleted-object-takes-no-new-finalizer": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { finalizers: ["example.com/hold"] }))
    await s.quiet("DELETE", s.core("configmaps", "a"))
    await s.patch("merge", s.core("configmaps", "a"), {
      metadata: { finalizers: ["example.com/hold", "example.com/x"] },
    })
    await s.post(s.core("configmaps"), configMap("a"))
  },
})

export const collection = suite(
  "collection",
  {
    background: async (s) => {
      const owner = await s.quiet("POST", s.core("configmaps"), configMap("owner"))
      await s.quiet("POST", s.core("configmaps"), owned("child", owner))
      await s.delete(s.core("configmaps", "owner"), deleteOptions({ propagationPolicy: "Background" }))
      await s.untilGone(s.core("configmaps", "child"))
      await s.get(s.core("configmaps", "child"))
    },
    "foreground-waits-for-dependents": async (s) => {
      const owner = await s.quiet("POST", s.core("configmaps"), configMap("owner"))
      const held = owned("child", owner, true)
      await s.quiet("POST", s.core("configmaps"), {
        ...held,
        metadata: { ...(held["metadata"] as JsonObject), finalizers: ["example.com/hold"] },
      })
      await s.delete(s.core("configmaps", "owner"), deleteOptions({ propagationPolicy: "Foreground" }), {
        show: metadata,
      })
      await s.until(
        "child is being deleted",
        s.core("configmaps", "child"),
        (body) => text(body, "metadata", "deletionTimestamp") !== "",
      )
      await s.get(s.core("configmaps", "owner"), { show: metadata })
      await s.get(s.core("configmaps", "child"), { show: metadata })
      await s.quiet(
        "PATCH",
        s.core("configmaps", "child"),
        { metadata: { finalizers: null } },
        {
          contentType: "application/merge-patch+json",
        },
      )
      await s.untilGone(s.core("configmaps", "owner"))
    },
    orphan: async (s) => {
      const owner = await s.quiet("POST", s.core("configmaps"), configMap("owner"))
      await s.quiet("POST", s.core("configmaps"), owned("child", owner))
      await s.delete(s.core("configmaps", "owner"), deleteOptions({ propagationPolicy: "Orphan" }), { show: metadata })
      await s.untilGone(s.core("configmaps", "owner"))
      await s.get(s.core("configmaps", "child"), { show: metadata })
    },
    "owner-that-never-was": async (s) => {
      const ghost = { metadata: { name: "ghost", uid: "77777777-7777-7777-7777-777777777777" } }
      await s.quiet("POST", s.core("configmaps"), owned("child", ghost))
      await s.untilGone(s.core("configmaps", "child"))
      await s.until("an event tells", s.core("events"), () => true)
    },
    "one-of-two-owners": async (s) => {
      const first = await s.quiet("POST", s.core("configmaps"), configMap("first"))
      const second = await s.quiet("POST", s.core("configmaps"), configMap("second"))
      const reference = (owner: Json) => list(owned("x", owner)["metadata"], "ownerReferences")[0] ?? null
      await s.quiet(
        "POST",
        s.core("configmaps"),
        configMap("child", {}, { ownerReferences: [reference(first), reference(second)] }),
      )
      await s.quiet("DELETE", s.core("configmaps", "first"))
      await s.until(
        "one owner is left",
        s.core("configmaps", "child"),
        (body) => list(body, "metadata", "ownerReferences").length === 1,
      )
      await s.get(s.core("configmaps", "child"), { show: metadata })
    },
    "deployment-with-everything": async (s) => {
      await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { replicas: 2 }))
      await s.until("two pods", s.core("pods"), (body) => list(body, "items").length === 2)
      await s.delete(s.in("apps/v1", "deployments", "web"), deleteOptions({ propagationPolicy: "Background" }))
      await s.until("no replica sets", s.in("apps/v1", "replicasets"), (body) => list(body, "items").length === 0)
      await new PlayedKubelet(s).remove(2)
      await s.until("no pods", s.core("pods"), (body) => list(body, "items").length === 0)
      await s.get(s.core("pods"))
    },
    "deployment-orphaning": async (s) => {
      await s.quiet("POST", s.in("apps/v1", "deployments"), deployment("web", { replicas: 1 }))
      await s.until("a pod", s.core("pods"), (body) => list(body, "items").length === 1)
      await s.delete(s.in("apps/v1", "deployments", "web"), deleteOptions({ propagationPolicy: "Orphan" }), {
        show: () => null,
      })
      await s.untilGone(s.in("apps/v1", "deployments", "web"))
      await s.get(s.in("apps/v1", "replicasets"), {
        show: (body) => list(body, "items").map((item) => at(item, "metadata", "ownerReferences") ?? null),
      })
    },
    "pod-is-graceful": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeName: "somewhere", terminationGracePeriodSeconds: 20 }))
      await s.delete(s.core("pods", "p"), undefined, { show: metadata })
      await s.delete(s.core("pods", "p"), deleteOptions({ gracePeriodSeconds: 30 }), { show: metadata })
      await s.delete(s.core("pods", "p"), deleteOptions({ gracePeriodSeconds: 5 }), { show: metadata })
      await s.delete(s.core("pods", "p"), deleteOptions({ gracePeriodSeconds: 0 }), { show: metadata })
      await s.get(s.core("pods", "p"))
    },
    "unscheduled-pod-goes-at-once": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeSelector: { none: "such" } }))
      await s.delete(s.core("pods", "p"), undefined, {
        show: (body) => text(body, "metadata", "deletionTimestamp"),
      })
      await s.get(s.core("pods", "p"))
    },
    "namespace-with-content": async (s) => {
      const name = `${s.ns}-b`
      await s.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } })
      await s.quiet(
        "POST",
        `/api/v1/namespaces/${name}/configmaps`,
        configMap("held", {}, { finalizers: ["example.com/hold"] }),
      )
      await s.delete(`/api/v1/namespaces/${name}`)
      await s.post(`/api/v1/namespaces/${name}/configmaps`, configMap("late"))
      await s.until("the content is waited for", `/api/v1/namespaces/${name}`, (body) =>
        list(body, "status", "conditions").some(
          (item) => text(item, "type") === "NamespaceFinalizersRemaining" && text(item, "status") === "True",
        ),
      )
      await s.get(`/api/v1/namespaces/${name}`, { show: (body) => at(body, "status") ?? null })
      await s.quiet(
        "PATCH",
        `/api/v1/namespaces/${name}/configmaps/held`,
        { metadata: { finalizers: null } },
        {
          contentType: "application/merge-patch+json",
        },
      )
      await s.untilGone(`/api/v1/namespaces/${name}`)
      await s.get(`/api/v1/namespaces/${name}`)
    },
    "namespace-events": async (s) => {
      const name = `${s.ns}-b`
      const version = text(await s.quiet("GET", "/api/v1/namespaces"), "metadata", "resourceVersion")
      const watch = s.watch(
        `/api/v1/namespaces?watch=1&resourceVersion=${version}&fieldSelector=metadata.name%3D${name}`,
      )
      await s.quiet("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } })
      await s.until(
        "its account",
        `/api/v1/namespaces/${name}/serviceaccounts/default`,
        (body) => text(body, "kind") === "ServiceAccount",
      )
      await s.quiet("DELETE", `/api/v1/namespaces/${name}`)
      await s.untilGone(`/api/v1/namespaces/${name}`)
      const events = await watch.rest(500)
      const phase = (event: Json): string =>
        `${text(event, "type")} ${text(event, "object", "status", "phase")} ${list(
          event,
          "object",
          "spec",
          "finalizers",
        )
          .map((name) => text(name))
          .join(",")}`
      s.note("phases", [...new Set(events.map(phase))])
    },
    "namespace-default-content": async (s: Session) => {
      await s.get(s.core("serviceaccounts"))
      await s.get(s.core("configmaps"), {
        show: (body) =>
          list(body, "items").map((item) => [text(item, "metadata", "name"), text(item, "data", "ca.crt")]),
      })
      await s.get(s.core("secrets"))
      await s.get(`/api/v1/namespaces/${s.ns}`)
    },
  },
  ["controllers"],
)
