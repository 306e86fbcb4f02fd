import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { defaultCustom, readCustom, unknownFields, validateCustom } from "./index.ts"
import { pruneCustom } from "./prune.ts"

const spec = (properties: Record<string, JSONSchemaProps>, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: "object",
  properties: { spec: { type: "object", properties, ...more } },
})

const lamp = (value: unknown): KubeObject & { spec: unknown } => ({
  apiVersion: "home.example.com/v1",
  kind: "Lamp",
  metadata: { name: "desk" },
  spec: value,
})

describe("pruning", () => {
  it("takes out what the schema does not know, and says where it was", () => {
    const schema = spec({
      size: { type: "integer" },
      list: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
      map: { type: "object", additionalProperties: { type: "object", properties: { a: { type: "string" } } } },
    })
    const object = lamp({ size: 1, odd: 2, list: [{ a: "x", b: "y" }], map: { k: { a: "x", b: "y" } } })
    const pruned = pruneCustom(schema, { ...object })
    expect(pruned.object).toEqual(lamp({ size: 1, list: [{ a: "x" }], map: { k: { a: "x" } } }))
    expect(pruned.unknown).toEqual(["spec.list[0].b", "spec.map.k.b", "spec.odd"])
  })

  it("leaves open objects alone, but not what is described within them", () => {
    const inner = { type: "object", properties: { a: { type: "string" } } }
    const schema = spec({ inner }, { "x-kubernetes-preserve-unknown-fields": true })
    const pruned = pruneCustom(schema, { ...lamp({ any: { thing: 1 }, inner: { a: "x", b: "y" } }) })
    expect(pruned.object).toEqual(lamp({ any: { thing: 1 }, inner: { a: "x" } }))
  })

  it("knows type and metadata of objects within objects", () => {
    const schema = spec({ held: { type: "object", "x-kubernetes-embedded-resource": true, properties: {} } })
    const held = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }
    expect(pruneCustom(schema, { ...lamp({ held: { ...held, data: {} } }) }).object).toEqual(lamp({ held }))
    expect(unknownFields({ type: "object", properties: { a: { type: "string" } } }, { a: "x", b: 1 })).toHaveLength(1)
  })
})

describe("defaulting", () => {
  const schema = spec({
    mode: { type: "string", default: "auto" },
    nothing: { type: "string", nullable: true, default: "x" },
    list: { type: "array", items: { type: "object", properties: { on: { type: "boolean", default: true } } } },
  })

  it("fills in what is absent, or null where null is no value", () => {
    expect(defaultCustom(schema, lamp({}))).toEqual(lamp({ mode: "auto", nothing: "x" }))
    const given = lamp({ mode: null, nothing: null, list: [{}, { on: false }] })
    expect(defaultCustom(schema, given)).toEqual(
      lamp({ mode: "auto", nothing: null, list: [{ on: true }, { on: false }] }),
    )
  })

  it("does not make up the objects that would have defaults", () => {
    const { spec: _, ...bare } = lamp({})
    expect(defaultCustom(schema, bare)).toBe(bare)
  })

  it("is done on reading too, once for each object and schema", () => {
    const stored = lamp({ gone: 1 })
    const read = readCustom(schema, stored)
    expect(read).toEqual(lamp({ mode: "auto", nothing: "x" }))
    expect(readCustom(schema, stored)).toBe(read)
    expect(readCustom(spec({ gone: { type: "integer" } }), stored)).toBe(stored)
  })
})

describe("validation", () => {
  const said = (schema: JSONSchemaProps, object: KubeObject, old?: KubeObject): string[] =>
    validateCustom(schema, object, old).map(({ field, message }) => `${field}: ${message}`)

  it("names the field and what it should be", () => {
    const schema = spec(
      { size: { type: "integer", minimum: 1 }, color: { type: "string", enum: ["red", "green"] } },
      { required: ["size"] },
    )
    expect(said(schema, lamp({ size: 1, color: "red" }))).toEqual([])
    expect(said(schema, lamp({ size: 0 }))).toEqual([
      "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
    ])
    expect(said(schema, lamp({ size: "one" }))).toEqual([
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ])
    expect(said(schema, lamp({ color: "blue" }))).toEqual([
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
      "spec.size: Required value",
    ])
  })

  it("reads patterns as Go does", () => {
    const schema = spec({ name: { type: "string", pattern: "(?i)^(?P<first>[a-z]+)\\z" } })
    expect(said(schema, lamp({ name: "ABC" }))).toEqual([])
    expect(said(schema, lamp({ name: "a1" }))).toHaveLength(1)
  })

  it("wants each item of a set, and each key of an associative list, once", () => {
    const item = { type: "object", properties: { k: { type: "string" } }, required: ["k"] }
    const map = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] }
    const schema = spec({
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      map: { type: "array", ...map, items: item },
    })
    expect(said(schema, lamp({ set: ["a", "b", "a"], map: [{ k: "x" }, { k: "x" }] }))).toEqual([
      'spec.set[2]: Duplicate value: "a"',
      'spec.map[1]: Duplicate value: {"k":"x"}',
    ])
  })

  it("does not hold against an update what was wrong before and is unchanged", () => {
    const schema = spec({ size: { type: "integer", maximum: 10 }, color: { type: "string" } })
    const old = lamp({ size: 20, color: "red" })
    expect(said(schema, lamp({ size: 20, color: "green" }), old)).toEqual([])
    expect(said(schema, lamp({ size: 21, color: "red" }), old)).toHaveLength(1)
  })
})
