import { isRecord, type Json, recordAt } from "../json.ts"
import { groupVersion, type Resource } from "../resources/index.ts"
import type { JSONSchemaProps } from "../types.gen.ts"

/** The document of a built-in group whose resource has every part that a custom one can have. */
export const TEMPLATE_DOCUMENT = "openapi-v3/apis_apps_v1.json.gz"

const TEMPLATE = {
  path: "/apis/apps/v1",
  resource: "deployments",
  kind: "Deployment",
  schema: "io.k8s.api.apps.v1.Deployment",
  operation: "AppsV1",
} as const

const REFERENCE = "#/components/schemas/"

export interface DocumentedResource {
  readonly resource: Resource
  readonly schema: JSONSchemaProps | undefined
}

/**
 * The OpenAPI v3 document of a group version of custom resources, made after a built-in resource: the same operations
 * with the same parameters, other names.
 */
export function customDocument(template: Json, resources: readonly DocumentedResource[]): Json {
  const paths: Json = {}
  const schemas: Json = {}
  for (const { resource, schema } of resources) {
    Object.assign(paths, pathsFor(template, resource))
    schemas[schemaName(resource)] = objectSchema(resource, schema, template)
    schemas[`${schemaName(resource)}List`] = listSchema(template, resource)
  }
  addReferenced(template, [paths, schemas], schemas)
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes CRD Swagger", version: "v0.1.0" },
    paths,
    components: { schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) },
  }
}

/** `com.example.v1.Widget`: the group's parts in reverse. */
function schemaName({ group, version, kind }: Resource): string {
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`
}

function pathsFor(template: Json, resource: Resource): Json {
  const prefix = `/apis/${groupVersion(resource)}`
  const paths: Json = {}
  for (const [path, item] of Object.entries(recordAt(template, "paths"))) {
    const [, rest] = path.split(`${TEMPLATE.path}/`)
    if (rest === undefined || rest.startsWith("watch/")) continue
    const below = rest.replace("namespaces/{namespace}/", "")
    const namespaced = below !== rest
    const part = below.split("/")[2] ?? ""
    if (below.split("/")[0] !== TEMPLATE.resource) continue
    if (part !== "" && !resource.subresources.has(part)) continue
    // A resource without namespaces has what is below a namespace otherwise, and no list over all of them.
    if (!resource.namespaced && !namespaced) continue
    const renamed = (resource.namespaced ? rest : below).replace(TEMPLATE.resource, resource.resource)
    paths[`${prefix}/${renamed}`] = renamedValue(item, resource)
  }
  return paths
}

/** The value with the template's names replaced by those of the resource. */
function renamedValue(value: unknown, resource: Resource): unknown {
  if (typeof value === "string") return renamedText(value, resource)
  if (Array.isArray(value))
    return value
      .filter((item) => resource.namespaced || !isRecord(item) || item["name"] !== "namespace")
      .map((item) => renamedValue(item, resource))
  if (!isRecord(value)) return value
  if (value["group"] === "apps" && value["kind"] === TEMPLATE.kind)
    return { group: resource.group, version: resource.version, kind: resource.kind }
  const entries = Object.entries(value)
    .filter(([key]) => !/protobuf|cbor|strategic-merge-patch|stream=watch/.test(key))
    .map(([key, item]) => [key, renamedValue(item, resource)])
  return Object.fromEntries(entries)
}

function renamedText(text: string, resource: Resource): string {
  if (text.startsWith(REFERENCE)) return text.replace(TEMPLATE.schema, schemaName(resource))
  const pascal = (part: string): string => part.charAt(0).toUpperCase() + part.slice(1)
  const group = resource.group.split(".").map(pascal).join("")
  const operation = `${group}${pascal(resource.version)}${resource.namespaced ? "" : "§"}`
  return text
    .replace(TEMPLATE.operation, operation)
    .replace("§Namespaced", "")
    .replace("§", "")
    .replaceAll(TEMPLATE.kind, resource.kind)
    .replace("apps_v1", `${group.charAt(0).toLowerCase()}${group.slice(1)}_${resource.version}`)
}

function objectSchema(resource: Resource, schema: JSONSchemaProps | undefined, template: Json): Json {
  const like = schemaIn(template, TEMPLATE.schema)
  const properties = recordAt(like, "properties")
  const own = completed(schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }) as Json
  return {
    ...own,
    type: "object",
    properties: {
      ...recordAt(own, "properties"),
      apiVersion: properties["apiVersion"],
      kind: properties["kind"],
      metadata: withoutDefault(properties["metadata"]),
    },
    "x-kubernetes-group-version-kind": [{ group: resource.group, kind: resource.kind, version: resource.version }],
  }
}

function listSchema(template: Json, resource: Resource): Json {
  const properties = recordAt(schemaIn(template, `${TEMPLATE.schema}List`), "properties")
  return {
    description: `${resource.listKind} is a list of ${resource.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: properties["apiVersion"],
      items: {
        description: `List of ${resource.resource}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
        type: "array",
        items: { $ref: `${REFERENCE}${schemaName(resource)}` },
      },
      kind: properties["kind"],
      metadata: withoutDefault(properties["metadata"]),
    },
    "x-kubernetes-group-version-kind": [{ group: resource.group, kind: resource.listKind, version: resource.version }],
  }
}

function withoutDefault(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  const { default: _, ...rest } = schema
  return rest
}

/** What the definition may leave unsaid is said: the types of int-or-string fields. */
function completed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(completed)
  if (!isRecord(schema)) return schema
  const copy: Json = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, completed(value)]))
  return copy["x-kubernetes-int-or-string"] === true && copy["anyOf"] === undefined
    ? { ...copy, anyOf: [{ type: "integer" }, { type: "string" }] }
    : copy
}

const schemaIn = (template: Json, name: string): Readonly<Json> =>
  recordAt(recordAt(recordAt(template, "components"), "schemas"), name)

/** Copies every schema of the template that `values` refer to, and what those refer to, into `schemas`. */
function addReferenced(template: Json, values: readonly unknown[], schemas: Json): void {
  const queue = [...values]
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (Array.isArray(value)) queue.push(...(value as unknown[]))
    if (!isRecord(value)) continue
    for (const [key, item] of Object.entries(value)) {
      const name = key === "$ref" && typeof item === "string" ? item.slice(REFERENCE.length) : undefined
      if (name === undefined) queue.push(item ?? null)
      else if (schemas[name] === undefined) {
        schemas[name] = schemaIn(template, name)
        queue.push(schemas[name])
      }
    }
  }
}
