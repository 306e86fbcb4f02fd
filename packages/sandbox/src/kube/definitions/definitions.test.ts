import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from "../types.gen.ts"
import { hoisted } from "./hoisted.ts"
import { validateDefinition } from "./index.ts"

const version = (name: string, schema: JSONSchemaProps = { type: "object" }): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: name === "v1",
  schema: { openAPIV3Schema: schema },
})

function definition(...versions: readonly CustomResourceDefinitionVersion[]): CustomResourceDefinition & KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "lamps.home.example.com" },
    spec: {
      group: "home.example.com",
      scope: "Namespaced",
      names: { plural: "lamps", singular: "lamp", kind: "Lamp", listKind: "LampList" },
      versions: [...versions],
    },
    status: { storedVersions: ["v1"] },
  }
}

const said = (object: KubeObject, old?: KubeObject): string[] =>
  [...validateDefinition(object, old)].map(({ field, message }) => `${field}: ${message}`)

describe("a definition", () => {
  it("is named after what it defines", () => {
    expect(said(definition(version("v1")))).toEqual([])
    const other = { ...definition(version("v1")), metadata: { name: "lights" } }
    expect(said(other)).toEqual(['metadata.name: Invalid value: "lights": must be spec.names.plural+"."+spec.group'])
  })

  it("tells what is wrong with a schema where its versions differ, and once where they do not", () => {
    const odd: JSONSchemaProps = { type: "object", properties: { a: {} } }
    const problem = "properties[a].type: Required value: must not be empty for specified object fields"
    expect(said(definition(version("v1", odd), version("v2", odd)))).toEqual([
      `spec.validation.openAPIV3Schema.${problem}`,
    ])
    expect(said(definition(version("v1"), version("v2", odd)))).toEqual([
      `spec.versions[1].schema.openAPIV3Schema.${problem}`,
    ])
    const { shared, versions } = hoisted(definition(version("v1"), version("v2", odd)).spec)
    expect(shared.parts).toEqual({})
    expect(versions.map(({ parts }) => Object.keys(parts))).toEqual([["schema"], ["schema"]])
  })

  it("may repeat types only to say that something is a number or text", () => {
    const either = [{ type: "integer" }, { type: "string" }]
    const schema = (anyOf: JSONSchemaProps[]): JSONSchemaProps => ({
      type: "object",
      properties: { port: { "x-kubernetes-int-or-string": true, anyOf } },
    })
    expect(said(definition(version("v1", schema(either))))).toEqual([])
    expect(said(definition(version("v1", schema([{ type: "boolean" }]))))).toHaveLength(1)
  })

  it("keeps its versions as long as something may be stored in them", () => {
    const before = definition(version("v1"), version("v2"))
    const gone = definition({ ...version("v2"), storage: true })
    const after = { ...gone, status: { storedVersions: ["v1", "v2"] } }
    expect(said(after, before)).toEqual([expect.stringContaining('status.storedVersions[0]: Invalid value: "v1"')])
  })

  it("cannot change what its objects are once it is served", () => {
    const before = definition(version("v1"))
    const cluster = { ...before, spec: { ...before.spec, scope: "Cluster" } }
    expect(said(cluster, before)).toEqual([])
    const conditions = [{ type: "Established", status: "True" }]
    const served = { ...before, status: { ...before.status, conditions } }
    expect(said(cluster, served)).toEqual(['spec.scope: Invalid value: "Cluster": field is immutable'])
  })
})
