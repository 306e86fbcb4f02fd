import { describe, expect, it } from "vitest"
import type { FieldsEntry } from "./fields.ts"
import { byWave, healthOf, massPruneRefusal, pruneVerdict, raisedWeights, takeOver } from "./index.ts"

describe("waves", () => {
  it("put definitions first and routes last", () => {
    const ids = [
      "VirtualService.networking.istio.io/test/web",
      "Deployment.apps/test/web",
      "DestinationRule.networking.istio.io/test/web",
      "Service/test/web",
      "Namespace//test",
      "Canary.serin.dev/test/web",
      "CustomResourceDefinition.apiextensions.k8s.io//widgets.example.org",
    ]
    expect(byWave(ids.map((id) => ({ id }))).map((wave) => wave.map(({ id }) => id.split("/")[0]))).toEqual([
      ["Namespace", "CustomResourceDefinition.apiextensions.k8s.io"],
      ["Service", "Canary.serin.dev"],
      ["Deployment.apps"],
      ["DestinationRule.networking.istio.io"],
      ["VirtualService.networking.istio.io"],
    ])
  })
})

describe("prune", () => {
  const ours = { "serin.dev/owner": "team/config" }
  const verdict = (
    annotations: Record<string, string> | undefined,
    id = "Service/test/web",
    claimedBy: string[] = [],
  ) => pruneVerdict({ id, live: annotations && { metadata: { annotations } }, owner: "team/config", claimedBy })

  it("removes what is ours and nothing else", () => {
    expect(verdict(ours)).toEqual({ kind: "delete" })
    expect(verdict(undefined)).toMatchObject({ kind: "forget" })
    expect(verdict({})).toMatchObject({ kind: "forget" })
    expect(verdict({ "serin.dev/owner": "other/repo" })).toEqual({
      kind: "forget",
      reason: "it belongs to Repository other/repo now",
    })
    expect(verdict(ours, "Service/test/web", ["other/repo"])).toMatchObject({ kind: "forget" })
  })

  it("keeps what an annotation protects, and what needs opt-in", () => {
    expect(verdict({ ...ours, "serin.dev/prune": "disabled" })).toMatchObject({ kind: "keep" })
    expect(verdict({ ...ours, "serin.dev/sync": "disabled" })).toMatchObject({ kind: "keep" })
    for (const id of [
      "Namespace//test",
      "CustomResourceDefinition.apiextensions.k8s.io//w.example.org",
      "PersistentVolumeClaim/test/data",
    ]) {
      expect(verdict(ours, id)).toMatchObject({
        kind: "keep",
        reason: expect.stringContaining("serin.dev/prune: enabled"),
      })
      expect(verdict({ ...ours, "serin.dev/prune": "enabled" }, id)).toEqual({ kind: "delete" })
    }
  })

  it.each([
    [5, 5, false, true],
    [6, 6, false, false],
    [6, 12, false, true],
    [7, 12, false, false],
    [7, 12, true, true],
    [40, 100, false, true],
    [51, 100, false, false],
  ])("of %i removals from %i (allowed: %s): goes on %s", (removed, inventory, allowed, goesOn) => {
    expect(massPruneRefusal(removed, inventory, allowed) === undefined).toBe(goesOn)
  })
})

describe("take-over", () => {
  const apply = (manager: string, fieldsV1: object): FieldsEntry => ({
    manager,
    operation: "Apply",
    apiVersion: "v1",
    fieldsV1,
  })
  const update = (manager: string, fieldsV1: object): FieldsEntry => ({
    manager,
    operation: "Update",
    apiVersion: "v1",
    fieldsV1,
  })

  it("takes the fields of tools that applied before, once", () => {
    const own = apply("serin", { "f:data": { "f:a": {} } })
    const entries = [
      own,
      update("kubectl-client-side-apply", { "f:data": { "f:b": {} } }),
      update("app", { "f:data": { "f:c": {} } }),
    ]
    const taken = takeOver(entries, "serin", [])
    expect(taken).toEqual([
      update("app", { "f:data": { "f:c": {} } }),
      { ...own, fieldsType: "FieldsV1", fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } } },
    ])
    expect(takeOver(taken ?? [], "serin", [])).toBeUndefined()
  })

  it("lets go of what is left to others", () => {
    const own = apply("serin", { "f:spec": { "f:replicas": {}, "f:template": {} } })
    expect(takeOver([own], "serin", ["/spec/replicas"])).toEqual([
      { ...own, fieldsType: "FieldsV1", fieldsV1: { "f:spec": { "f:template": {} } } },
    ])
    expect(takeOver([own], "serin", ["/spec/paused"])).toBeUndefined()
  })
})

describe("raisedWeights", () => {
  const virtualService = (...weights: (number | undefined)[]) => ({
    spec: {
      http: [
        {
          route: weights.map((weight, index) => ({
            destination: { host: "web", subset: index === 0 ? "ga" : "canary" },
            ...(weight === undefined ? {} : { weight }),
          })),
        },
      ],
    },
  })

  it("names the subsets that get more than they have", () => {
    expect(raisedWeights(virtualService(90, 10), virtualService(100, 0))).toEqual([
      { host: "web", subset: "canary", weight: 10 },
    ])
    expect(raisedWeights(virtualService(100, 0), virtualService(40, 60))).toEqual([
      { host: "web", subset: "ga", weight: 100 },
    ])
    expect(raisedWeights(virtualService(90, 10), virtualService(90, 10))).toEqual([])
  })

  it("counts everything as new where there is no route yet, and a lone destination as all", () => {
    expect(raisedWeights(virtualService(undefined), undefined)).toEqual([{ host: "web", subset: "ga", weight: 100 }])
    expect(raisedWeights(virtualService(100, 0), undefined)).toEqual([{ host: "web", subset: "ga", weight: 100 }])
  })

  it("has nothing to say about routes without subsets", () => {
    expect(
      raisedWeights({ spec: { tcp: [], http: [{ route: [{ destination: { host: "web" } }] }] } }, undefined),
    ).toEqual([])
  })
})

describe("healthOf", () => {
  const deployment = (status: object, replicas = 2) => ({
    kind: "Deployment",
    metadata: { generation: 2 },
    spec: { replicas },
    status: { observedGeneration: 2, ...status },
  })
  const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 }

  it.each([
    ["all ready", deployment(all), "current", "2 of 2 pods are ready"],
    ["scaled to none", deployment({}, 0), "current", "0 of 0 pods are ready"],
    ["not seen yet", deployment({ ...all, observedGeneration: 1 }), "progressing", /not seen/],
    ["rolling", deployment({ ...all, updatedReplicas: 1 }), "progressing", "1 of 2 pods are of the new revision"],
    ["old pods left", deployment({ ...all, replicas: 3 }), "progressing", "1 old pods are still there"],
    ["not ready", deployment({ ...all, readyReplicas: 1 }), "progressing", "1 of 2 pods are ready"],
    [
      "stuck",
      deployment({
        ...all,
        readyReplicas: 0,
        conditions: [{ type: "Progressing", status: "False", message: "exceeded its progress deadline" }],
      }),
      "failed",
      "exceeded its progress deadline",
    ],
    ["a Service", { kind: "Service", metadata: {} }, "current", "present"],
    ["going", { kind: "Service", metadata: { deletionTimestamp: "x" } }, "progressing", "is being removed"],
    [
      "a failed Job",
      { kind: "Job", metadata: {}, status: { conditions: [{ type: "Failed", status: "True", message: "no" }] } },
      "failed",
      "no",
    ],
    [
      "a Pod without image",
      {
        kind: "Pod",
        metadata: {},
        status: {
          containerStatuses: [{ name: "a", state: { waiting: { reason: "ErrImagePull", message: "not found" } } }],
        },
      },
      "progressing",
      "a: not found",
    ],
    ["a CRD", { kind: "CustomResourceDefinition", metadata: {}, status: {} }, "progressing", "not established yet"],
  ])("%s", (_name, object, status, message) => {
    expect(healthOf(object)).toEqual({
      status,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    })
  })
})
