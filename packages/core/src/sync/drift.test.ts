import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { appliedState, driftOf } from "./drift.ts"
import { describePath, touches, union, view, without, type FieldsEntry, type FieldSet } from "./fields.ts"

// As kube-apiserver 1.36 answered a server-side apply, shortened.
const fields = {
  "f:metadata": { "f:labels": { "f:app": {} } },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"podinfod"}': {
            ".": {},
            "f:image": {},
            "f:name": {},
            "f:ports": {
              'k:{"containerPort":9898,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:name": {} },
            },
            "f:volumeMounts": { 'k:{"mountPath":"/data"}': { ".": {}, "f:mountPath": {}, "f:name": {} } },
          },
        },
        "f:volumes": { 'k:{"name":"data"}': { ".": {}, "f:emptyDir": {}, "f:name": {} } },
      },
    },
  },
}

interface Parts {
  readonly image?: string
  readonly replicas?: number
  readonly containers?: readonly object[]
  readonly labels?: Record<string, string>
  readonly managers?: readonly FieldsEntry[]
}

function deployment({
  image = "podinfo:0.1.0",
  replicas = 2,
  containers = [],
  labels = { app: "podinfo" },
  managers = [],
}: Parts) {
  const podinfod = {
    name: "podinfod",
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: 9898, name: "http", protocol: "TCP" }],
    volumeMounts: [{ mountPath: "/data", name: "data" }],
  }
  return {
    metadata: {
      labels,
      managedFields: [{ manager: "serin", operation: "Apply", fieldsV1: fields }, ...managers] as FieldsEntry[],
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: "podinfo" } },
      template: { spec: { containers: [...containers, podinfod], volumes: [{ name: "data", emptyDir: {} }] } },
    },
    status: { readyReplicas: 2 },
  }
}

const applied = appliedState(deployment({}), "serin")
const drift = (parts: Parts) => driftOf(applied, deployment(parts), "serin")

describe("drift", () => {
  it("is none while our fields say what the API answered to our apply", () => {
    expect(drift({})).toBeUndefined()
    expect(driftOf(applied, Object.assign(deployment({}), { status: { readyReplicas: 0 } }), "serin")).toBeUndefined()
  })

  it("is none in fields that others added, nor in the order of a keyed list", () => {
    expect(
      drift({ labels: { app: "podinfo", team: "x" }, containers: [{ name: "istio-proxy", image: "proxy" }] }),
    ).toBeUndefined()
  })

  it("names the path and who changed it", () => {
    const edit: FieldsEntry = {
      manager: "kubectl-edit",
      operation: "Update",
      time: "2026-01-01T10:00:00Z",
      fieldsV1: {
        "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"podinfod"}': { "f:image": {} } } } } },
      },
    }
    const other: FieldsEntry = {
      manager: "hpa",
      operation: "Update",
      time: "2026-01-02T10:00:00Z",
      fieldsV1: { "f:status": {} },
    }
    expect(drift({ image: "podinfo:evil", managers: [edit, other] })).toEqual({
      paths: ["spec.template.spec.containers[name=podinfod].image"],
      who: "kubectl-edit",
    })
  })

  it("knows a change by the scale subresource", () => {
    const scale: FieldsEntry = {
      manager: "kubectl",
      operation: "Update",
      subresource: "scale",
      time: "2026-01-01T10:00:00Z",
      fieldsV1: { "f:spec": { "f:replicas": {} } },
    }
    expect(drift({ replicas: 5, managers: [scale] })).toEqual({ paths: ["spec.replicas"], who: "kubectl" })
  })

  it("sees a removed field, and blames the last writer, since nobody owns it", () => {
    const edit: FieldsEntry = {
      manager: "kubectl-edit",
      operation: "Update",
      time: "2026-01-01T10:00:00Z",
      fieldsV1: {},
    }
    expect(drift({ labels: {}, managers: [edit] })).toEqual({ paths: ["metadata.labels.app"], who: "kubectl-edit" })
    expect(drift({ labels: {} })).toMatchObject({ who: "unknown" })
  })
})

describe("field sets", () => {
  it("describe paths as people write them", () => {
    expect(describePath(["f:spec", "f:ports", 'k:{"containerPort":80,"protocol":"TCP"}', "f:name"])).toBe(
      "spec.ports[containerPort=80,protocol=TCP].name",
    )
    expect(describePath(["f:metadata", "f:finalizers", 'v:"a"'])).toBe('metadata.finalizers["a"]')
  })

  it("see sets of values and lists by index", () => {
    const value = { finalizers: ["b", "a"], list: [{ x: 1 }, { x: 2 }] }
    expect(view(value, { "f:finalizers": { 'v:"a"': {}, 'v:"c"': {} }, "f:list": { "i:1": { "f:x": {} } } })).toEqual({
      "f:finalizers": { 'v:"a"': "a" },
      "f:list": { "i:1": { "f:x": 2 } },
    })
  })

  it("touch what is above and below", () => {
    const set: FieldSet = { "f:spec": { "f:http": {} } }
    expect(touches(set, ["f:spec"])).toBe(true)
    expect(touches(set, ["f:spec", "f:http", "i:0"])).toBe(true)
    expect(touches(set, ["f:spec", "f:hosts"])).toBe(false)
    expect(touches({}, ["f:spec"])).toBe(false)
  })

  const set: fc.Arbitrary<FieldSet> = fc.letrec<{ node: FieldSet }>((tie) => ({
    node: fc.dictionary(fc.constantFrom("f:a", "f:b", "f:c"), fc.oneof({ maxDepth: 3 }, fc.constant({}), tie("node")), {
      maxKeys: 3,
    }),
  })).node

  it("unite so that what either holds is held", () => {
    fc.assert(
      fc.property(
        set,
        set,
        fc.array(fc.constantFrom("f:a", "f:b", "f:c"), { minLength: 1, maxLength: 4 }),
        (a, b, path) => {
          const both = union(a, b)
          expect(touches(both, path) || !(touches(a, path) || touches(b, path))).toBe(true)
        },
      ),
    )
  })

  it("lose exactly the path taken out", () => {
    expect(without({ "f:spec": { "f:replicas": {}, "f:x": {} } }, ["f:spec", "f:replicas"])).toEqual({
      "f:spec": { "f:x": {} },
    })
    expect(without({ "f:spec": { "f:replicas": {} } }, ["f:spec", "f:replicas"])).toEqual({})
    const same: FieldSet = { "f:spec": { "f:x": {} } }
    expect(without(same, ["f:spec", "f:replicas"])).toBe(same)
  })
})
