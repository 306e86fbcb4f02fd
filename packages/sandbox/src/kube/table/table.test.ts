import { describe, expect, it } from "vitest"
import type { KubeObject, ResourceRef } from "../client.ts"
import { isRecord } from "../json.ts"
import { recordedCases, type RecordedCase, type RecordedStep } from "../recorded-cases.ts"
import type { CustomResourceColumnDefinition } from "../types.gen.ts"
import { humanDuration } from "./duration.ts"
import { findByPath, JsonPathError, Tables, type Table } from "./index.ts"

const tables = new Tables(new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname)

function refOf(path: string): ResourceRef {
  const match = /^\/(?:api|apis\/([^/]+))\/(v\w+)\/(?:namespaces\/[^/]+\/)?([^/?]+)/.exec(path)
  const [, group = "", version = "", resource = ""] = match ?? []
  return { group, version, resource }
}

/** The columns of a case's own definition. */
function crdColumns({ steps }: RecordedCase): CustomResourceColumnDefinition[] | undefined {
  const [{ body } = { body: undefined }] = steps
  if (!isRecord(body) || body["kind"] !== "CustomResourceDefinition") return undefined
  const { versions } = body["spec"] as {
    versions: { additionalPrinterColumns?: CustomResourceColumnDefinition[] }[]
  }
  return versions[0]?.additionalPrinterColumns ?? []
}

/** Long descriptions are recorded in part. */
const shortened = ({ columnDefinitions, rows }: Table): object => ({
  columnDefinitions: columnDefinitions.map((one) => ({ ...one, description: one.description.slice(0, 80) })),
  rows,
})

describe("as a real kube-apiserver shows", () => {
  for (const recorded of recordedCases(new URL("recorded/tables.yaml", import.meta.url))) {
    it(recorded.name, () => {
      let object: RecordedStep["answer"]["body"] = {}
      for (const { method, path, accept, answer } of recorded.steps) {
        if (accept === undefined) {
          if (method === "GET") object = answer.body
          continue
        }
        const columns = crdColumns(recorded)
        const ours = tables.tableFor(refOf(path), [object as unknown as KubeObject], {
          includeObject: "None",
          now: new Date(answer.date ?? ""),
          ...(columns === undefined ? {} : { crdColumns: columns }),
        })
        const { columnDefinitions, rows } = answer.body as unknown as Table
        expect(shortened(ours)).toEqual({ columnDefinitions, rows })
      }
    })
  }
})

describe("rows", () => {
  const ref = { group: "", version: "v1", resource: "configmaps" }
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "b" } }

  it("come with as much of the object as is asked for", () => {
    const included = (includeObject: "None" | "Metadata" | "Object") =>
      tables.tableFor(ref, [object], { includeObject, now: new Date() }).rows[0]?.object
    expect(included("None")).toBeNull()
    expect(included("Object")).toBe(object)
    expect(included("Metadata")).toEqual({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: { name: "a" },
    })
  })

  it("show the date of creation of what has no columns of its own", () => {
    const created = { ...object, metadata: { name: "a", creationTimestamp: "2026-01-02T03:04:05Z" } }
    const unknown = { group: "example.dev", version: "v1", resource: "unknowns" }
    const { columnDefinitions, rows } = tables.tableFor(unknown, [created], { includeObject: "None", now: new Date() })
    expect(columnDefinitions.map((column) => column.name)).toEqual(["Name", "Created At"])
    expect(rows[0]?.cells).toEqual(["a", "2026-01-02T03:04:05Z"])
  })
})

describe("durations", () => {
  const [minute, hour, day, year] = [60, 3600, 86_400, 365 * 86_400]
  it.each([
    [-5, "<invalid>"],
    [-1, "0s"],
    [0, "0s"],
    [119, "119s"],
    [2 * minute, "2m"],
    [9 * minute + 59, "9m59s"],
    [10 * minute + 59, "10m"],
    [3 * hour - 1, "179m"],
    [3 * hour, "3h"],
    [7 * hour + 59 * minute, "7h59m"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [7 * day + 23 * hour, "7d23h"],
    [8 * day, "8d"],
    [2 * year - 1, "729d"],
    [2 * year, "2y"],
    [3 * year + 5 * day, "3y5d"],
    [8 * year + 5 * day, "8y"],
  ])("%d s are %s", (seconds, shown) => {
    expect(humanDuration(seconds)).toBe(shown)
  })
})

describe("paths of printer columns", () => {
  const object = { list: [{ n: "a", v: 1 }, { n: "b", v: 2 }, { n: "c" }], map: { "x.y": 1, z: { z: 2 } } }

  it.each([
    [".list[0].n", ["a"]],
    [".list[-1].n", ["c"]],
    [".list[1:].n", ["b", "c"]],
    [".list[0:3:2].n", ["a", "c"]],
    [".list[9].n", []],
    [".list[*].v", [1, 2]],
    [".list.*.v", [1, 2]],
    ['.list[?(@.n=="b")].v', [2]],
    [".list[?(@.v>1)].n", ["b"]],
    [".list[?(@.v)].n", ["a", "b"]],
    ['.list[?(@.n!="b")].n', ["a", "c"]],
    [".map.x\\.y", [1]],
    [".map['x\\.y']", [1]],
    [".map['z.z']", [2]],
    ["..z.z", [2]],
    [".nothing.here", []],
    [".list.n", []],
  ])("%s", (path, found) => {
    expect(findByPath(path, object)).toEqual(found)
  })

  it.each([".list[x]", ".list[?(@.n==b)]", "."])("%s does not parse", (path) => {
    expect(() => findByPath(path, object)).toThrow(JsonPathError)
  })
})
