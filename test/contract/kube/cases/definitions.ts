import { suite } from "../case.ts"
import { at, list, text, type Json, type JsonObject } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { widgets } from "./objects.ts"

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

async function served(s: Session, group: string, definition: JsonObject): Promise<string> {
  await s.quiet("POST", CRDS, definition)
  const path = s.in(`${group}/v1`, "widgets")
  await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
  return path
}

const widget = (group: string, name: string, more: JsonObject = { spec: { size: 1 } }): JsonObject => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name },
  ...more,
})

/** A version with this schema of the whole object. */
const schema = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  schema: { openAPIV3Schema: { type: "object", properties, ...more } },
})

const conditions = (body: Json): Json =>
  list(body, "status", "conditions").map(
    (item) => `${text(item, "type")} ${text(item, "status")} ${text(item, "reason")} ${text(item, "message")}`,
  )

export const definitions = suite("definitions", {
  "becomes-established": async (s) => {
    const group = "establish.example.com"
    await s.post(CRDS, widgets(group))
    await s.until("it is established", `${CRDS}/widgets.${group}`, (body) =>
      list(body, "status", "conditions").some(
        (item) => text(item, "type") === "Established" && text(item, "status") === "True",
      ),
    )
    await s.get(`${CRDS}/widgets.${group}`, {
      show: (body) => ({
        accepted: at(body, "status", "acceptedNames") ?? null,
        conditions: conditions(body),
        stored: at(body, "status", "storedVersions") ?? null,
      }),
    })
  },
  "create-read-delete": async (s) => {
    const path = await served(s, "crud.example.com", widgets("crud.example.com"))
    await s.post(path, widget("crud.example.com", "w"))
    await s.get(path)
    await s.put(`${path}/w`, { ...widget("crud.example.com", "w"), spec: { size: 2 } })
    await s.patch("merge", `${path}/w`, { spec: { size: 2 } })
    await s.patch("merge", `${path}/w`, { spec: { size: 3, color: "green" } })
    await s.delete(`${path}/w`)
    await s.get(`${path}/w`)
  },
  "updates-need-a-version": async (s) => {
    const path = await served(s, "version.example.com", widgets("version.example.com"))
    await s.quiet("POST", path, widget("version.example.com", "w"))
    await s.put(`${path}/w`, { ...widget("version.example.com", "w"), spec: { size: 2 } })
    await s.put(`${path}/none`, widget("version.example.com", "none"))
  },
  pruning: async (s) => {
    const group = "prune.example.com"
    const path = await served(
      s,
      group,
      widgets(
        group,
        schema({
          spec: {
            type: "object",
            properties: {
              known: { type: "string" },
              open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              map: { type: "object", additionalProperties: { type: "object", properties: { a: { type: "string" } } } },
              items: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
              either: { "x-kubernetes-int-or-string": true },
              embedded: {
                type: "object",
                "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true,
              },
            },
          },
        }),
      ),
    )
    await s.post(
      path,
      widget(group, "w", {
        top: "gone",
        spec: {
          known: "k",
          unknown: "gone",
          open: { any: { thing: 1 } },
          map: { x: { a: "1", b: "gone" } },
          items: [{ a: "1", b: "gone" }],
          either: "5%",
          embedded: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "e", odd: "gone" }, data: { k: "v" } },
        },
      }),
    )
  },
  "preserving-everything": async (s) => {
    const group = "preserve.example.com"
    const path = await served(
      s,
      group,
      widgets(group, { schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }),
    )
    await s.post(path, widget(group, "w", { anything: { goes: [1, "two", null] }, spec: 5 }))
    await s.patch("apply", `${path}/w?fieldManager=one`, widget(group, "w", { anything: { more: true } }))
  },
  defaulting: async (s) => {
    const group = "default.example.com"
    const path = await served(
      s,
      group,
      widgets(
        group,
        schema({
          spec: {
            type: "object",
            default: {},
            properties: {
              mode: { type: "string", default: "auto" },
              nested: {
                type: "object",
                default: { a: 1 },
                properties: { a: { type: "integer", default: 7 }, b: { type: "integer", default: 8 } },
              },
              list: {
                type: "array",
                items: { type: "object", properties: { on: { type: "boolean", default: true } } },
              },
              nothing: { type: "string", nullable: true, default: "x" },
            },
          },
        }),
      ),
    )
    await s.post(path, widget(group, "empty", {}))
    await s.post(path, widget(group, "some", { spec: { mode: "manual", list: [{}, { on: false }], nothing: null } }))
    await s.get(`${path}/some`)
  },
  validation: async (s) => {
    const group = "rules.example.com"
    const path = await served(
      s,
      group,
      widgets(
        group,
        schema({
          spec: {
            type: "object",
            required: ["name"],
            properties: {
              name: { type: "string", minLength: 2, maxLength: 5, pattern: "^[a-z]+$" },
              count: { type: "integer", minimum: 0, exclusiveMaximum: true, maximum: 10, multipleOf: 2 },
              ratio: { type: "number" },
              tags: { type: "array", maxItems: 2, items: { type: "string" }, "x-kubernetes-list-type": "set" },
              when: { type: "string", format: "date-time" },
              flag: { type: "boolean" },
              map: { type: "object", additionalProperties: { type: "integer" }, maxProperties: 1 },
              either: { "x-kubernetes-int-or-string": true },
              one: {
                type: "object",
                properties: { a: { type: "string" }, b: { type: "string" } },
                oneOf: [{ required: ["a"] }, { required: ["b"] }],
              },
            },
          },
        }),
      ),
    )
    const specs: JsonObject[] = [
      { name: "good", count: 4, ratio: 1.5, tags: ["a"], when: "2026-01-01T00:00:00Z", either: 5 },
      { name: "x" },
      { name: "toolong" },
      { name: "BAD" },
      { name: "good", count: 10 },
      { name: "good", count: 3 },
      { name: "good", count: 1.5 },
      { name: "good", count: "4" },
      { name: "good", ratio: "1" },
      { name: "good", tags: ["a", "b", "c"] },
      { name: "good", tags: ["a", "a"] },
      { name: "good", tags: "a" },
      { name: "good", when: "yesterday" },
      { name: "good", flag: "true" },
      { name: "good", map: { a: 1, b: 2 } },
      { name: "good", map: { a: "1" } },
      { name: "good", either: true },
      { name: "good", one: { a: "1", b: "1" } },
      { name: null },
    ]
    for (const [index, spec] of specs.entries()) await s.post(path, widget(group, `w${String(index)}`, { spec }))
  },
  "cluster-scoped": async (s) => {
    const group = "cluster.example.com"
    await s.quiet("POST", CRDS, widgets(group, {}, { scope: "Cluster" }))
    const path = `/apis/${group}/v1/widgets`
    await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
    await s.post(path, widget(group, "w"))
    await s.post(s.in(`${group}/v1`, "widgets"), widget(group, "w"))
  },
  "in-discovery": async (s) => {
    const group = "discover.example.com"
    await served(
      s,
      group,
      widgets(
        group,
        { subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } } },
        {
          names: {
            plural: "widgets",
            singular: "widget",
            kind: "Widget",
            shortNames: ["wd"],
            categories: ["all", "things"],
          },
        },
      ),
    )
    await s.until("it is in discovery", `/apis/${group}/v1`, (body) => list(body, "resources").length === 3)
    await s.get(`/apis/${group}`)
    await s.get(`/apis/${group}/v1`, {
      show: (body) => ({
        ...(body as JsonObject),
        resources: list(body, "resources").map((item) => {
          const { storageVersionHash: _, ...rest } = item as JsonObject
          return rest
        }),
      }),
    })
    await s.until("it is in aggregated discovery", `/apis/${group}`, (body) => text(body, "kind") === "APIGroup")
    await s.get("/apis", {
      accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      show: (body) => list(body, "items").filter((item) => text(item, "metadata", "name") === group),
    })
  },
  "in-openapi": async (s) => {
    const group = "openapi.example.com"
    await served(s, group, widgets(group))
    const path = `apis/${group}/v1`
    await s.until("its document is listed", "/openapi/v3", (body) => at(body, "paths", path) !== undefined)
    await s.get(`/openapi/v3/${path}`, {
      show: (body) => ({
        paths: Object.keys((at(body, "paths") ?? {}) as JsonObject).sort(),
        widget: at(body, "components", "schemas", `com.example.openapi.v1.Widget`, "properties", "spec") ?? null,
        kind:
          at(body, "components", "schemas", `com.example.openapi.v1.Widget`, "x-kubernetes-group-version-kind") ?? null,
      }),
    })
  },
  "several-versions": async (s) => {
    const group = "versions.example.com"
    const version = (name: string, storage: boolean): JsonObject => ({
      name,
      storage,
      served: true,
      ...schema({ spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }),
    })
    await s.quiet("POST", CRDS, widgets(group, {}, { versions: [version("v1beta1", false), version("v1", true)] }))
    const path = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
    await s.until(
      "the older one as well",
      s.in(`${group}/v1beta1`, "widgets"),
      (body) => text(body, "kind") === "WidgetList",
    )
    await s.post(s.in(`${group}/v1beta1`, "widgets"), { ...widget(group, "w"), apiVersion: `${group}/v1beta1` })
    await s.get(`${path}/w`)
    await s.until("the group is told", `/apis/${group}`, (body) => list(body, "versions").length === 2)
    await s.get(`/apis/${group}`)
  },
  "definition-errors": async (s) => {
    await s.post(CRDS, { ...widgets("bad.example.com"), metadata: { name: "wrong" } })
    await s.post(CRDS, widgets("bad.example.com", {}, { scope: "Somewhere" }))
    await s.post(CRDS, widgets("bad.example.com", {}, { versions: [] }))
    await s.post(CRDS, widgets("bad.example.com", { storage: false }))
    await s.post(CRDS, widgets("bad.example.com", { schema: { openAPIV3Schema: { properties: {} } } }))
    await s.post(CRDS, widgets("bad.example.com", { schema: {} }))
    await s.post(CRDS, widgets("bad.example.com", schema({ a: { type: "string", default: 5 } })))
  },
  "removal-takes-its-objects": async (s) => {
    const group = "remove.example.com"
    const path = await served(s, group, widgets(group))
    await s.quiet("POST", path, widget(group, "w"))
    await s.delete(`${CRDS}/widgets.${group}`, undefined, {
      show: (body) => ({
        finalizers: at(body, "metadata", "finalizers") ?? null,
        deleting: at(body, "metadata", "deletionTimestamp") ?? null,
      }),
    })
    await s.untilGone(`${CRDS}/widgets.${group}`)
    await s.until("it is no longer served", path, (body) => body === "404 page not found\n")
    await s.get(path)
    await s.post(CRDS, widgets(group), { show: (body) => text(body, "kind") })
    await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
    await s.get(path)
  },
  "changing-the-definition": async (s) => {
    const group = "change.example.com"
    const path = await served(s, group, widgets(group))
    await s.quiet("POST", path, widget(group, "w"))
    await s.patch(
      "json",
      `${CRDS}/widgets.${group}`,
      [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/shape",
          value: { type: "string", default: "round" },
        },
      ],
      { show: (body) => at(body, "metadata", "generation") ?? body },
    )
    await s.until("the new default shows", `${path}/w`, (body) => text(body, "spec", "shape") === "round")
    await s.get(`${path}/w`)
    await s.patch("merge", `${CRDS}/widgets.${group}`, { spec: { scope: "Cluster" } })
  },
  "istio-kinds": async (s) => {
    // As Istio defines it, cut to what this case is about: many of its fields take any shape.
    const group = "networking.example.com"
    const names = { plural: "virtualservices", singular: "virtualservice", kind: "VirtualService", shortNames: ["vs"] }
    const route = {
      type: "array",
      items: {
        type: "object",
        required: ["destination"],
        properties: {
          destination: {
            type: "object",
            required: ["host"],
            properties: { host: { type: "string" }, subset: { type: "string" } },
          },
          weight: { type: "integer", format: "int32" },
        },
      },
    }
    const definition = widgets(
      group,
      {
        ...schema({
          spec: {
            type: "object",
            properties: {
              hosts: { type: "array", items: { type: "string" } },
              http: { type: "array", items: { type: "object", properties: { route } } },
            },
          },
          status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        }),
        additionalPrinterColumns: [
          { name: "Hosts", type: "string", jsonPath: ".spec.hosts" },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        subresources: { status: {} },
      },
      { names },
    )
    await s.quiet("POST", CRDS, { ...definition, metadata: { name: `virtualservices.${group}` } })
    const path = s.in(`${group}/v1`, "virtualservices")
    await s.until("they are served", path, (body) => text(body, "kind") === "VirtualServiceList")
    const routes = (ga: number, canary: number): JsonObject => ({
      apiVersion: `${group}/v1`,
      kind: "VirtualService",
      metadata: { name: "podinfo" },
      spec: {
        hosts: ["podinfo"],
        http: [
          {
            route: [
              { destination: { host: "podinfo", subset: "ga" }, weight: ga },
              { destination: { host: "podinfo", subset: "canary" }, weight: canary },
            ],
          },
        ],
      },
    })
    await s.patch("apply", `${path}/podinfo?fieldManager=serin`, routes(90, 10))
    await s.patch("json", `${path}/podinfo`, [{ op: "replace", path: "/spec/http/0/route/0/weight", value: 50 }])
    await s.patch("apply", `${path}/podinfo?fieldManager=serin`, routes(90, 10))
    await s.patch("apply", `${path}/podinfo?fieldManager=serin&force=true`, routes(40, 60))
    await s.get(path, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
      show: (body) => list(body, "rows").map((row) => at(row, "cells") ?? null),
    })
  },
})
