import { suite } from "../case.ts"
import { at, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { configMap, widgets } from "./objects.ts"

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
/** Those that turn out to be fine must not stay. */
const TRIED = `${CRDS}?dryRun=All`

/** What is wrong, without the rest of the answer; the kind where nothing is. */
const causes = (body: Json): Json => {
  const told = list(body, "details", "causes").map((cause) => `${text(cause, "field")}: ${text(cause, "message")}`)
  return told.length > 0 ? told : (at(body, "message") ?? text(body, "kind"))
}
const show = { show: causes }

/** Most of these have an error. */
const schemas: readonly JsonObject[] = [
  { type: "string" },
  { type: "object", properties: { a: {} } },
  { type: "object", properties: { a: { type: "array" } } },
  { type: "object", properties: { a: { type: "text" } } },
  { type: "object", properties: { a: { type: "string", pattern: "(" } } },
  { type: "object", properties: { a: { type: "array", uniqueItems: true, items: { type: "string" } } } },
  { type: "object", properties: { a: { type: "object", additionalProperties: false } } },
  { type: "object", properties: { a: { type: "object", properties: {}, additionalProperties: { type: "string" } } } },
  { type: "object", properties: { a: { type: "array", "x-kubernetes-list-type": "map", items: { type: "object" } } } },
  {
    type: "object",
    properties: {
      a: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" } } },
      },
    },
  },
  { type: "object", properties: { a: { type: "array", "x-kubernetes-list-type": "bag", items: { type: "string" } } } },
  { type: "object", properties: { a: { type: "string", "x-kubernetes-list-type": "set" } } },
  { type: "object", properties: { a: { type: "string", "x-kubernetes-int-or-string": true } } },
  { type: "object", properties: { a: { type: "string", "x-kubernetes-preserve-unknown-fields": true } } },
  { type: "object", properties: { a: { type: "object", default: { x: 1 }, properties: { y: { type: "string" } } } } },
  { type: "object", properties: { a: { type: "integer", minimum: 3, default: 1 } } },
  { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
  {
    type: "object",
    properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 5 } } } },
  },
  { type: "object", properties: { apiVersion: { type: "integer" } } },
  { type: "object", properties: { a: { type: "string", anyOf: [{ type: "string" }] } } },
  { type: "object", properties: { a: { type: "string", not: { pattern: "x" }, oneOf: [{ minLength: 1 }] } } },
  {
    type: "object",
    properties: { a: { type: "object", anyOf: [{ required: ["b"], properties: { b: { pattern: "x" } } }] } },
  },
]

export const definitionRules = suite("definition-rules", {
  names: async (s) => {
    const names = (more: JsonObject) => ({ names: { plural: "widgets", singular: "widget", kind: "Widget", ...more } })
    const group = "names.example.com"
    const plural = (name: string, more: JsonObject) => ({
      ...widgets(group, {}, names({ plural: name, ...more })),
      metadata: { name: `${name}.${group}` },
    })
    await s.post(TRIED, plural("Widgets", {}), show)
    await s.post(TRIED, plural("wid_gets", {}), show)
    await s.post(TRIED, plural("widgets", { singular: "Wid get" }), show)
    await s.post(TRIED, plural("widgets", { kind: "Wid_get" }), show)
    await s.post(TRIED, plural("widgets", { kind: "" }), show)
    await s.post(TRIED, plural("widgets", { listKind: "Widget" }), show)
    await s.post(TRIED, plural("widgets", { listKind: "widget list" }), show)
    await s.post(TRIED, plural("widgets", { shortNames: ["W d"], categories: ["A!"] }), show)
    await s.post(TRIED, plural("", {}), show)
  },
  groups: async (s) => {
    const inGroup = (group: string) => ({ ...widgets(group), metadata: { name: `widgets.${group}` } })
    for (const group of ["example", "Example.com", "-example.com", "", "widgets.k8s.io"]) {
      await s.post(TRIED, inGroup(group), show)
    }
  },
  versions: async (s) => {
    const group = "vers.example.com"
    const version = (name: string, storage: boolean, more: JsonObject = {}): JsonObject => ({
      name,
      storage,
      served: true,
      schema: { openAPIV3Schema: { type: "object" } },
      ...more,
    })
    const all: readonly (readonly JsonObject[])[] = [
      [version("v1", true), version("v2", true)],
      [version("v1", true), version("v1", false)],
      [version("V1", true)],
      [version("", true)],
      [version("v1", true, { deprecationWarning: "old" })],
      [version("v1", true, { deprecated: true, deprecationWarning: "two\nlines" })],
      [
        version("v1", true, {
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": false } },
        }),
      ],
    ]
    for (const versions of all) await s.post(TRIED, widgets(group, {}, { versions: [...versions] }), show)
    await s.post(TRIED, widgets(group, {}, { preserveUnknownFields: true }), show)
    await s.post(TRIED, widgets(group, {}, { conversion: { strategy: "Webhook" } }), show)
    await s.post(TRIED, widgets(group, {}, { conversion: { strategy: "Sometimes" } }), show)
  },
  "columns-and-subresources": async (s) => {
    const group = "parts.example.com"
    const column = (more: JsonObject) => ({
      additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size", ...more }],
    })
    await s.post(TRIED, widgets(group, column({ name: "" })), show)
    await s.post(TRIED, widgets(group, column({ type: "text" })), show)
    await s.post(TRIED, widgets(group, column({ type: "" })), show)
    await s.post(TRIED, widgets(group, column({ format: "long" })), show)
    await s.post(TRIED, widgets(group, column({ jsonPath: "spec.size" })), show)
    await s.post(TRIED, widgets(group, column({ jsonPath: "" })), show)
    await s.post(TRIED, widgets(group, column({ jsonPath: ".spec[" })), show)
    const scale = (more: JsonObject) => ({
      subresources: { scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size", ...more } },
    })
    await s.post(TRIED, widgets(group, scale({ specReplicasPath: "" })), show)
    await s.post(TRIED, widgets(group, scale({ specReplicasPath: ".size" })), show)
    await s.post(TRIED, widgets(group, scale({ statusReplicasPath: ".spec.size" })), show)
    await s.post(TRIED, widgets(group, scale({ labelSelectorPath: ".metadata.selector" })), show)
  },
  schemas: async (s) => {
    for (const openAPIV3Schema of schemas) {
      await s.post(TRIED, widgets("schemas.example.com", { schema: { openAPIV3Schema } }), show)
    }
  },
  changes: async (s) => {
    const group = "changes.example.com"
    await s.quiet("POST", CRDS, widgets(group))
    const path = `${CRDS}/widgets.${group}`
    await s.until("it is established", path, (body) => list(body, "status", "conditions").length === 2)
    await s.patch("merge", path, { spec: { group: "other.example.com" } }, show)
    await s.patch("merge", path, { spec: { names: { plural: "others" } } }, show)
    await s.patch("merge", path, { spec: { scope: "Cluster" } }, show)
    await s.patch("merge", path, { spec: { names: { kind: "Gadget" } } }, show)
    const version = (name: string, storage: boolean): JsonObject => ({
      name,
      storage,
      served: true,
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })
    await s.patch("merge", path, { spec: { versions: [version("v2", true), version("v1", false)] } }, show)
    await s.patch("merge", path, { spec: { versions: [version("v2", true)] } }, show)
    await s.patch("merge", `${path}/status`, { status: { storedVersions: ["v2"] } }, show)
    await s.patch("merge", path, { spec: { versions: [version("v2", true)] } }, show)
    await s.patch("merge", `${path}/status`, { status: { storedVersions: [] } }, show)
    await s.patch("merge", `${path}/status`, { status: { storedVersions: ["v3"] } }, show)
    await s.get(path, { show: (body) => at(body, "status", "storedVersions") ?? body })
  },
  "conflicting-names": async (s) => {
    const group = "conflicts.example.com"
    await s.quiet("POST", CRDS, widgets(group))
    const first = `${CRDS}/widgets.${group}`
    await s.until("it is established", first, (body) => list(body, "status", "conditions").length === 2)
    const names = { plural: "others", singular: "other", kind: "Widget", shortNames: ["wd", "ot"] }
    await s.quiet("POST", CRDS, { ...widgets(group, {}, { names }), metadata: { name: `others.${group}` } })
    const path = `${CRDS}/others.${group}`
    await s.until("it is told", path, (body) => list(body, "status", "conditions").length === 2)
    await s.get(path, { show: (body) => at(body, "status") ?? body })
    await s.get(s.in(`${group}/v1`, "others"))
    await s.quiet("DELETE", first)
    await s.untilGone(first)
    await s.until("the names are free", path, (body) => text(body, "status", "acceptedNames", "kind") === "Widget")
    await s.until("they are served", s.in(`${group}/v1`, "others"), (body) => text(body, "kind") === "WidgetList")
    await s.get(path, { show: (body) => at(body, "status") ?? body })
  },
  "objects-of-other-kinds": async (s) => {
    const group = "kinds.example.com"
    const path = await servedWidgets(s, group)
    const widget: JsonObject = { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "w" }, spec: { size: 1 } }
    await s.post(path, { ...widget, kind: "Gadget" })
    await s.post(path, { ...widget, apiVersion: "other.example.com/v1" })
    await s.post(path, configMap("w"))
    await s.post(path, { metadata: { name: "bare" }, spec: { size: 1 } })
    await s.post(path, { kind: "Widget", metadata: { name: "bare" }, spec: { size: 1 } })
    await s.post(path, { ...widget, kind: "Gadget", spec: { size: "two" } })
    await s.put(`${path}/w`, { ...widget, kind: "Gadget" })
    await s.post(path, { ...widget, metadata: "w" })
    await s.post(s.core("configmaps"), { ...configMap("w"), metadata: "w" })
    await s.post(path, { ...widget, metadata: { name: 5 } })
    await s.post(path, { ...widget, metadata: { name: "W_" } })
    await s.quiet("POST", path, widget)
    await s.patch("merge", `${path}/w`, { kind: "Gadget" })
    await s.patch("apply", `${path}/w?fieldManager=one`, { ...widget, kind: "Gadget" })
    await s.patch("apply", `${path}/w?fieldManager=one`, { ...widget, spec: { size: "two" } })
  },
})

async function servedWidgets(s: Session, group: string): Promise<string> {
  await s.quiet("POST", CRDS, widgets(group))
  const path = s.in(`${group}/v1`, "widgets")
  await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
  return path
}
