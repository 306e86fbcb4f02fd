import { suite } from "../case.ts"
import { at, isObject, list, text, type Json } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { configMap, pod } from "./objects.ts"

const names = (body: Json): Json => list(body, "items").map((item) => text(item, "metadata", "name"))

/** Names and paging, without the items themselves. */
const page = (body: Json): Json =>
  isObject(body) && body["items"] ? { metadata: body["metadata"] ?? null, names: names(body) } : body

async function threeLabelled(s: Session): Promise<void> {
  await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { labels: { set: "x", tier: "web", env: "prod" } }))
  await s.quiet("POST", s.core("configmaps"), configMap("b", {}, { labels: { set: "x", tier: "db" } }))
  await s.quiet("POST", s.core("configmaps"), configMap("c", {}, { labels: { set: "x", tier: "web" } }))
}

export const lists = suite("lists", {
  "list-shape": async (s) => {
    await threeLabelled(s)
    await s.get(`${s.core("configmaps")}?labelSelector=set`)
  },
  "list-empty": async (s) => {
    await s.get(s.core("pods"))
    await s.get(s.in("apps/v1", "deployments"))
  },
  "list-all-namespaces": async (s) => {
    await threeLabelled(s)
    await s.get(`/api/v1/configmaps?labelSelector=set%3Dx&fieldSelector=metadata.namespace%3D${s.ns}`, { show: page })
  },
  "label-selectors": async (s) => {
    await threeLabelled(s)
    for (const selector of [
      "tier=web",
      "tier==web,env=prod",
      "set,tier!=web",
      "set,tier in (web,db)",
      "set,tier notin (web)",
      "set,!env",
      "env",
      "set=x,tier=none",
    ]) {
      await s.get(`${s.core("configmaps")}?labelSelector=${encodeURIComponent(selector)}`, { show: names })
    }
  },
  "label-selector-errors": async (s) => {
    for (const selector of ["tier in web", "a b", "=x", "tier=!", "a=b=c"]) {
      await s.get(`${s.core("configmaps")}?labelSelector=${encodeURIComponent(selector)}`)
    }
  },
  "field-selectors": async (s) => {
    await threeLabelled(s)
    for (const selector of ["metadata.name=a", "metadata.name!=a", `metadata.namespace=${s.ns},metadata.name=b`]) {
      await s.get(`${s.core("configmaps")}?labelSelector=set&fieldSelector=${encodeURIComponent(selector)}`, {
        show: names,
      })
    }
  },
  "field-selector-errors": async (s) => {
    await s.get(`${s.core("configmaps")}?fieldSelector=data.key%3Dx`)
    await s.get(`${s.core("configmaps")}?fieldSelector=nonsense`)
  },
  paging: async (s) => {
    for (const name of ["a", "b", "c", "d", "e"]) {
      await s.quiet("POST", s.core("configmaps"), configMap(name, {}, { labels: { set: "x" } }))
    }
    // A page holds a selector's remaining count only when there is no selector.
    const first = await s.get(`${s.core("configmaps")}?limit=2`, { show: page })
    const second = await s.get(
      `${s.core("configmaps")}?limit=2&continue=${encodeURIComponent(text(first, "metadata", "continue"))}`,
      { show: page },
    )
    const token = encodeURIComponent(text(second, "metadata", "continue"))
    await s.quiet("DELETE", s.core("configmaps", "e"))
    s.note(
      "a continued list is of the first page's moment",
      names(await s.quiet("GET", `${s.core("configmaps")}?limit=9&continue=${token}`)),
    )
    const selected = await s.get(`${s.core("configmaps")}?limit=2&labelSelector=set%3Dx`, { show: page })
    s.note(
      "pages have one version",
      text(first, "metadata", "resourceVersion") === text(second, "metadata", "resourceVersion"),
    )
    s.note("selected page has more", text(selected, "metadata", "continue") !== "")
  },
  "paging-errors": async (s) => {
    await s.get(`${s.core("configmaps")}?limit=1&continue=nonsense`)
    await s.get(`${s.core("configmaps")}?limit=abc`)
    await s.get(`${s.core("configmaps")}?limit=-1`, { show: (body) => at(body, "kind") ?? null })
    const first = await s.quiet("GET", `${s.core("configmaps")}?limit=1`)
    await s.get(
      `${s.core("configmaps")}?limit=1&resourceVersion=1&continue=${text(first, "metadata", "continue") || "x"}`,
    )
  },
  "resource-version-match": async (s) => {
    await threeLabelled(s)
    const all = await s.quiet("GET", s.core("configmaps"))
    const version = text(all, "metadata", "resourceVersion")
    await s.quiet("DELETE", s.core("configmaps", "a"))
    const path = `${s.core("configmaps")}?labelSelector=set`
    await s.get(`${path}&resourceVersion=0`, { show: (body) => text(body, "kind") })
    const exact = await s.quiet("GET", `${path}&resourceVersion=${version}&resourceVersionMatch=Exact`)
    s.note("exact", { names: names(exact), same: text(exact, "metadata", "resourceVersion") === version })
    const newer = await s.quiet("GET", `${path}&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`)
    s.note("not older", names(newer))
  },
  "resource-version-errors": async (s) => {
    await s.get(`${s.core("configmaps")}?resourceVersion=abc`)
    await s.get(`${s.core("configmaps")}?resourceVersionMatch=Exact`)
    await s.get(`${s.core("configmaps")}?resourceVersion=0&resourceVersionMatch=Exact`)
    await s.get(`${s.core("configmaps")}?resourceVersion=1&resourceVersionMatch=Sometimes`)
    await s.get(`${s.core("configmaps")}?resourceVersion=1&resourceVersionMatch=Exact`)
    await s.get(`${s.core("configmaps", "a")}?resourceVersion=abc`)
  },
  "metadata-only": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { labels: { set: "x" } }))
    const accept = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`
    await s.get(s.core("configmaps", "a"), { accept: accept("PartialObjectMetadata") })
    await s.get(`${s.core("configmaps")}?labelSelector=set`, { accept: accept("PartialObjectMetadataList") })
  },
  "not-acceptable": async (s) => {
    await s.get(s.core("configmaps"), { accept: "text/html" })
    await s.get(s.core("configmaps"), { accept: "application/json;as=Nothing;g=meta.k8s.io;v=v1" })
    await s.get(s.core("configmaps"), { accept: "*/*", show: (body) => text(body, "kind") })
  },
  yaml: async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { text: "one\ntwo\n" }))
    await s.get(s.core("configmaps", "a"), { accept: "application/yaml" })
  },
  pretty: async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a", { key: "<&>" }))
    await s.get(`${s.core("configmaps", "a")}?pretty=true`)
  },
})

export const podLists = suite(
  "pod-lists",
  {
    "field-selectors": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("a", { nodeName: "nowhere" }))
      await s.quiet("POST", s.core("pods"), pod("b", { nodeName: "elsewhere", restartPolicy: "Never" }))
      await s.quiet(
        "PATCH",
        `${s.core("pods", "a")}/status`,
        { status: { phase: "Running", podIP: "10.1.2.3" } },
        {
          contentType: "application/merge-patch+json",
        },
      )
      for (const selector of [
        "spec.nodeName=nowhere",
        "spec.nodeName!=nowhere",
        "status.phase=Running",
        "status.phase!=Running",
        "spec.restartPolicy=Never",
        "status.podIP=10.1.2.3",
        "spec.schedulerName=default-scheduler,metadata.name=a",
        "spec.serviceAccountName=default",
        "spec.hostNetwork=false",
        "spec.unknown=1",
      ]) {
        await s.get(`${s.core("pods")}?fieldSelector=${encodeURIComponent(selector)}`, {
          show: (body) => (text(body, "kind") === "PodList" ? names(body) : body),
        })
      }
    },
  },
  ["controllers"],
)
