import { describe, expect, test } from "vitest"
import { missingFields, type Schema } from "./definitions.ts"

const ours: Schema = {
  properties: {
    spec: { properties: { hooks: { items: { properties: { name: {}, url: {} } } } } },
    status: { properties: { seen: { additionalProperties: { properties: { at: {} } } } } },
  },
}
const withSpec = (spec: Schema, status: Schema = ours.properties?.["status"] ?? {}): Schema => ({
  properties: { spec, status },
})

describe("fields that a cluster's definition would drop", () => {
  test("none where it is the same, or has more", () => {
    expect(missingFields(ours, ours)).toEqual([])
    expect(missingFields(ours, { properties: { ...ours.properties, more: {} } })).toEqual([])
  })

  test("are named by their paths: of objects, of lists, of maps", () => {
    expect(missingFields(ours, withSpec({ properties: {} }))).toEqual(["spec.hooks"])
    expect(missingFields(ours, withSpec({ properties: { hooks: { items: { properties: { name: {} } } } } }))).toEqual([
      "spec.hooks[].url",
    ])
    const status = { properties: { seen: { additionalProperties: { properties: {} } } } }
    expect(missingFields(ours, withSpec(ours.properties?.["spec"] ?? {}, status))).toEqual(["status.seen.*.at"])
  })

  test("none below what keeps unknown fields", () => {
    expect(missingFields(ours, withSpec({ "x-kubernetes-preserve-unknown-fields": true }))).toEqual([])
    const status = { properties: { seen: { additionalProperties: true } } }
    expect(missingFields(ours, withSpec(ours.properties?.["spec"] ?? {}, status))).toEqual([])
  })
})
