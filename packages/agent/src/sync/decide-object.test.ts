import { appliedState, desiredObjects, hashJson, parseManifests, type Manifest } from "@serin/core"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "../kube/index.ts"
import { decideObject, type ObjectView } from "./decide-object.ts"

const text = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: test}
data: {x: "1"}
`
const [desired] = desiredObjects(parseManifests("a.yaml", text).manifests, {
  owner: "o/r",
  scopeOf: () => "namespaced",
}).objects
if (!desired) throw new Error("no object")

const live = (data: object, more: object = {}): Manifest & KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "a",
    namespace: "test",
    resourceVersion: "7",
    managedFields: [{ manager: "serin", operation: "Apply", fieldsV1: { "f:data": { "f:x": {} } } }],
    ...more,
  },
  data,
})

const applied = appliedState(live({ x: "1" }), "serin")
const tracked = { hash: desired.hash, applied, live: hashJson(applied.view), resourceVersion: "7" }
const entry = { id: desired.id, version: "v1", desired: desired.hash, live: tracked.live }
const base: ObjectView = {
  desired,
  tracked,
  entry,
  live: { known: true, current: true, object: live({ x: "1" }) },
  manifests: [desired.object],
}
const decide = (more: Partial<ObjectView>) => decideObject({ ...base, ...more })

describe("decideObject", () => {
  it("keeps what is as it should be", () => {
    expect(decide({})).toEqual({ kind: "keep" })
  })

  it("applies what Git changed, and what is new", () => {
    expect(decide({ tracked: { ...tracked, hash: "old" } })).toEqual({ kind: "apply", why: "changed" })
    expect(decide({ tracked: undefined, entry: undefined })).toEqual({ kind: "apply", why: "new" })
  })

  it("corrects what others changed or removed", () => {
    const drifted = { known: true, current: true, object: live({ x: "2" }) }
    expect(decide({ live: drifted })).toMatchObject({ kind: "correct", drift: { paths: ["data.x"] } })
    expect(decide({ live: { known: true, current: true } })).toMatchObject({
      kind: "correct",
      drift: { paths: ["(removed)"] },
    })
  })

  it("says nothing of drift while what it sees is older than its own write, or nothing", () => {
    expect(decide({ live: { known: true, current: false, object: live({ x: "0" }) } })).toEqual({ kind: "keep" })
    expect(decide({ live: { known: false, current: false } })).toEqual({ kind: "keep" })
  })

  it("after a restart adopts what the inventory proves, and corrects what it disproves", () => {
    const restarted = { tracked: undefined }
    expect(decide(restarted)).toEqual({ kind: "keep", adopt: tracked })
    const drifted = { known: true, current: true, object: live({ x: "2" }) }
    expect(decide({ ...restarted, live: drifted })).toMatchObject({ kind: "correct" })
    expect(decide({ ...restarted, live: { known: true, current: true } })).toMatchObject({ kind: "correct" })
    // Someone took the field over with the same value: it is no longer ours to keep.
    const takenOver = live(
      { x: "1" },
      { managedFields: [{ manager: "thief", operation: "Apply", fieldsV1: { "f:data": { "f:x": {} } } }] },
    )
    expect(decide({ ...restarted, live: { known: true, current: true, object: takenOver } })).toMatchObject({
      kind: "correct",
      drift: { who: "thief" },
    })
  })

  it("after a restart applies what the inventory cannot prove", () => {
    expect(decide({ tracked: undefined, entry: { id: desired.id, version: "v1" } })).toEqual({
      kind: "apply",
      why: "unsure",
    })
    expect(decide({ tracked: undefined, live: { known: false, current: false } })).toEqual({
      kind: "apply",
      why: "unsure",
    })
    expect(decide({ tracked: undefined, entry: { ...entry, desired: "old" } })).toEqual({
      kind: "apply",
      why: "changed",
    })
  })

  it("leaves alone what an annotation in Git or in the cluster asks to be left alone", () => {
    const off = { annotations: { "serin.dev/sync": "disabled" } }
    expect(decide({ live: { known: true, current: true, object: live({ x: "2" }, off) } })).toEqual({
      kind: "disabled",
    })
    const object: Manifest = { ...desired.object, metadata: { ...desired.object.metadata, ...off } }
    expect(decide({ desired: { ...desired, object }, tracked: undefined })).toEqual({ kind: "disabled" })
  })
})
