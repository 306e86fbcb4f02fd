import { suite } from "../case.ts"
import { at, isObject, text, type Json } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { configMap, widgets } from "./objects.ts"

/** Type, name, data and labels: what shows which change an event tells. */
const brief = (event: Json): Json => ({
  type: at(event, "type") ?? null,
  name: at(event, "object", "metadata", "name") ?? null,
  data: at(event, "object", "data") ?? null,
  labels: at(event, "object", "metadata", "labels") ?? null,
})

async function version(s: Session): Promise<string> {
  return text(await s.quiet("GET", s.core("secrets")), "metadata", "resourceVersion")
}

/** Secrets: nothing but the case makes them, so that a watch sees only its own. */
const secret = (name: string, value: string, labels: Record<string, string> = {}): Json => ({
  ...configMap(name, {}, { labels }),
  kind: "Secret",
  data: { key: Buffer.from(value).toString("base64") },
})

/** The message of a Status names versions of the store. */
const withoutNumbers = (body: Json): Json => {
  const status = at(body, "object") ?? body
  return {
    reason: text(status, "reason"),
    code: at(status, "code") ?? null,
    details: at(status, "details") ?? null,
    message: text(status, "message").replace(/\d+/g, "N"),
  }
}

const merge = { contentType: "application/merge-patch+json" }

// A watch without a version begins with what is there when it arrives: what changes then waits for its first events.
export const watches = suite("watches", {
  "changes-in-order": async (s) => {
    const watch = s.watch(`${s.core("secrets")}?watch=true&resourceVersion=${await version(s)}`)
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    await s.quiet("PUT", s.core("secrets", "a"), secret("a", "2"))
    await s.quiet("DELETE", s.core("secrets", "a"))
    await s.record(watch, 3)
  },
  "without-version-starts-with-present": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    await s.quiet("POST", s.core("secrets"), secret("b", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1`)
    await s.record(watch, 2, brief)
    await s.quiet("DELETE", s.core("secrets", "a"))
    await s.record(watch, 1, brief)
  },
  "version-zero": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1&resourceVersion=0`)
    await s.record(watch, 1, brief)
  },
  "resumes-after-version": async (s) => {
    const made = await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    await s.quiet("PUT", s.core("secrets", "a"), secret("a", "2"))
    await s.quiet("POST", s.core("secrets"), secret("b", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1&resourceVersion=${text(made, "metadata", "resourceVersion")}`)
    await s.record(watch, 2, brief)
  },
  "no-event-without-change": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1&resourceVersion=${await version(s)}`)
    await s.quiet("PATCH", s.core("secrets", "a"), { data: { key: Buffer.from("1").toString("base64") } }, merge)
    await s.quiet("PATCH", `${s.core("secrets", "a")}?dryRun=All`, { metadata: { labels: { x: "y" } } }, merge)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { x: "z" } } }, merge)
    await s.record(watch, 1, brief)
  },
  "selector-turns-changes-into-additions": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1", { on: "no" }))
    const watch = s.watch(`${s.core("secrets")}?watch=1&labelSelector=on%3Dyes&resourceVersion=${await version(s)}`)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { on: "yes" } } }, merge)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { more: "1" } } }, merge)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { on: "no" } } }, merge)
    await s.quiet("DELETE", s.core("secrets", "a"))
    await s.quiet("POST", s.core("secrets"), secret("b", "1", { on: "yes" }))
    await s.record(watch, 4, brief)
  },
  "field-selector-of-one": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const path = `${s.core("secrets")}?watch=1&fieldSelector=metadata.name%3Db`
    const watch = s.watch(`${path}&resourceVersion=${await version(s)}`)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { x: "z" } } }, merge)
    await s.quiet("POST", s.core("secrets"), secret("b", "1"))
    await s.quiet("DELETE", s.core("secrets", "b"))
    await s.record(watch, 2, brief)
  },
  "single-object-path": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`/api/v1/watch/namespaces/${s.ns}/secrets/a`)
    await s.record(watch, 1, brief)
    await s.quiet("DELETE", s.core("secrets", "a"))
    await s.record(watch, 1, brief)
  },
  "all-namespaces": async (s) => {
    const watch = s.watch(
      `/api/v1/secrets?watch=1&resourceVersion=${await version(s)}&fieldSelector=metadata.namespace%3D${s.ns}`,
    )
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    await s.record(watch, 1, brief)
  },
  "timeout-ends-it": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1&timeoutSeconds=1&resourceVersion=${await version(s)}`)
    await s.recordEnd(watch)
  },
  "initial-events-end-with-bookmark": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const path = `${s.core("secrets")}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`
    const watch = s.watch(`${path}&resourceVersionMatch=NotOlderThan`)
    await s.record(watch, 2)
    await s.quiet("POST", s.core("secrets"), secret("b", "1"))
    await s.record(watch, 1, brief)
  },
  "initial-events-none": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const path = `${s.core("secrets")}?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`
    const watch = s.watch(`${path}&resourceVersion=${await version(s)}&allowWatchBookmarks=true`)
    await s.quiet("POST", s.core("secrets"), secret("b", "1"))
    await s.record(watch, 1, brief)
  },
  "initial-events-errors": async (s) => {
    await s.get(`${s.core("secrets")}?watch=1&sendInitialEvents=true`)
    await s.get(`${s.core("secrets")}?watch=1&resourceVersionMatch=NotOlderThan`)
    await s.get(`${s.core("secrets")}?sendInitialEvents=true`)
    await s.get(`${s.core("secrets")}?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact`)
  },
  "too-old-is-gone": async (s) => {
    // A new kind's history begins when it is served: what was before cannot be told.
    const group = "too-old.example.com"
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group))
    const path = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
    const watch = s.watch(`${path}?watch=1&resourceVersion=1`)
    await s.record(watch, 1, withoutNumbers)
    await s.recordEnd(watch)
  },
  "too-new-waits": async (s) => {
    const show = { show: withoutNumbers }
    await s.get(`${s.core("secrets")}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`, show)
    await s.get(`${s.core("secrets", "a")}?resourceVersion=999999999`, show)
  },
  "bad-version": async (s) => {
    await s.get(`${s.core("secrets")}?watch=1&resourceVersion=abc`)
  },
  "metadata-only": async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1`, {
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    })
    await s.record(watch, 1)
  },
  table: async (s) => {
    await s.quiet("POST", s.core("secrets"), secret("a", "1"))
    const watch = s.watch(`${s.core("secrets")}?watch=1`, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" })
    await s.record(watch, 1)
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { labels: { x: "z" } } }, merge)
    await s.record(watch, 1)
  },
  finalizers: async (s) => {
    const watch = s.watch(`${s.core("secrets")}?watch=1&resourceVersion=${await version(s)}`)
    const held = secret("a", "1")
    await s.quiet("POST", s.core("secrets"), {
      ...(isObject(held) ? held : {}),
      metadata: { name: "a", finalizers: ["example.com/hold"] },
    })
    await s.quiet("DELETE", s.core("secrets", "a"))
    await s.quiet("PATCH", s.core("secrets", "a"), { metadata: { finalizers: null } }, merge)
    await s.record(watch, 3, (event) => ({
      type: at(event, "type") ?? null,
      finalizers: at(event, "object", "metadata", "finalizers") ?? null,
      deleting: at(event, "object", "metadata", "deletionTimestamp") !== undefined,
    }))
  },
})
