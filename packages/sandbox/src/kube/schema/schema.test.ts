import { describe, expect, it } from "vitest"
import { SchemaRegistry, type Schema } from "./index.ts"

const dataDir = new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname
const registry = new SchemaRegistry(dataDir)

/** Follows field names; `[]` is a list's items, `{}` a map's values. */
function at(schema: Schema | undefined, path: string): Schema | undefined {
  let here = schema
  for (const part of path.split(" ")) {
    if (part === "[]") here = here?.type === "list" ? here.items : undefined
    else if (part === "{}") here = here?.type === "map" ? here.values : undefined
    else here = here?.type === "struct" ? (here.fields.get(part)?.schema ?? here.rest) : undefined
  }
  return here
}

describe("built-in kinds", () => {
  const deployment = registry.forKind("apps", "v1", "Deployment")

  it("has list types, map keys and merge keys", () => {
    const container = at(deployment, "spec template spec containers []")
    expect(at(container, "ports")).toMatchObject({
      type: "list",
      listType: "map",
      keys: ["containerPort", "protocol"],
    })
    expect(container?.type === "struct" && container.fields.get("ports")?.patch).toEqual({
      merge: true,
      retainKeys: false,
      mergeKey: "containerPort",
    })
    expect(at(container, "args")).toMatchObject({ type: "list", listType: "atomic" })
    expect(at(deployment, "metadata finalizers")).toMatchObject({ type: "list", listType: "set" })
  })

  it("knows defaults of key fields, pointers and what Go leaves out", () => {
    const port = at(deployment, "spec template spec containers [] ports []")
    expect(port?.type === "struct" && port.fields.get("protocol")?.default).toBe("TCP")
    const spec = at(deployment, "spec")
    if (spec?.type !== "struct") throw new Error("spec is a struct")
    expect(spec.fields.get("replicas")).toMatchObject({ pointer: true, omit: "empty" })
    expect(spec.fields.get("selector")).toMatchObject({ pointer: true, omit: "never" })
    expect(spec.fields.get("strategy")).toMatchObject({ pointer: false, omit: "empty" })
  })

  it("marks maps with one owner", () => {
    expect(at(deployment, "spec selector")).toMatchObject({ type: "struct", atomic: true })
    expect(at(deployment, "spec template spec nodeSelector")).toMatchObject({ type: "map", atomic: true })
    expect(at(deployment, "metadata labels")).toMatchObject({ type: "map", atomic: false })
  })

  it("resolves types that hold themselves", () => {
    const crd = registry.forKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    const props = at(crd, "spec versions [] schema openAPIV3Schema")
    expect(at(props, "properties {}")).toBe(props)
  })

  it("is undefined for a kind that is not served", () => {
    expect(registry.forKind("apps", "v1beta1", "Deployment")).toBeUndefined()
  })
})

describe("custom kinds", () => {
  const custom = new SchemaRegistry(dataDir)
  custom.setCustom("example.dev", "v1", "Thing", {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          port: { "x-kubernetes-int-or-string": true },
          free: {
            type: "object",
            "x-kubernetes-preserve-unknown-fields": true,
            properties: { known: { type: "string" } },
          },
          labels: { type: "object", additionalProperties: { type: "string" } },
          items: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            items: { type: "object", properties: { name: { type: "string", default: "x" } } },
          },
        },
      },
    },
  })
  const thing = custom.forKind("example.dev", "v1", "Thing")

  it("takes list types, formats and scalar defaults from the structural schema", () => {
    expect(at(thing, "spec port")).toMatchObject({ type: "scalar", format: "intOrString" })
    expect(at(thing, "spec items")).toMatchObject({ listType: "map", keys: ["name"] })
    const item = at(thing, "spec items []")
    expect(item?.type === "struct" && item.fields.get("name")?.default).toBe("x")
    expect(at(thing, "spec labels anything")).toMatchObject({ type: "scalar", format: "string" })
  })

  it("takes any field where unknown fields are preserved, and none elsewhere", () => {
    expect(at(thing, "spec free known")).toMatchObject({ format: "string" })
    expect(at(thing, "spec free other")).toEqual({ type: "any", atomic: false })
    expect(at(thing, "spec other")).toBeUndefined()
  })

  it("has the metadata of all kinds, and can be forgotten", () => {
    expect(at(thing, "metadata managedFields")).toMatchObject({ type: "list" })
    custom.setCustom("example.dev", "v1", "Thing", undefined)
    expect(custom.forKind("example.dev", "v1", "Thing")).toBeUndefined()
  })
})
