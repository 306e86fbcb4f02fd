import { isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"

// Objects that many cases start from. Each has only what its kind needs, so that defaulting shows in the answers.

export function configMap(name: string, data: JsonObject = { key: "value" }, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data }
}

export function pod(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { automountServiceAccountToken: false, containers: [{ name: "main", image: "app:1" }], ...spec },
  }
}

/** `spec` is laid over the Deployment's own. */
export function deployment(name: string, spec: JsonObject = {}, image = "app:1"): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { automountServiceAccountToken: false, containers: [{ name: "main", image }] },
      },
      ...spec,
    },
  }
}

export function service(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  }
}

/** A namespaced CRD of kind Widget in a group of its own; `version` is laid over its only version. */
export function widgets(group: string, version: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", shortNames: ["wd"] },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: widgetSchema }, ...version }],
      ...spec,
    },
  }
}

const widgetSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10 },
        color: { type: "string", enum: ["red", "green"], default: "red" },
        parts: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, count: { type: "integer", default: 1 } },
          },
        },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
}

/** A workload without what its controller adds, which comes at a moment of its own. */
export function withoutController(body: Json): Json {
  if (!isObject(body) || !isObject(body["metadata"])) return body
  const { status: _, ...rest } = body
  const { annotations, resourceVersion: __, ...metadata } = body["metadata"]
  const kept = isObject(annotations) ? Object.entries(annotations) : []
  const own = kept.filter(([name]) => name !== "deployment.kubernetes.io/revision")
  return {
    ...rest,
    metadata: {
      ...metadata,
      ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
      managedFields: list(metadata, "managedFields").filter((entry) => text(entry, "subresource") !== "status"),
    },
  }
}
