import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ApiError, type KubeObject } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import { mergePatch, strategicMergePatch } from "../patch/index.ts"
import { recordedCases, type RecordedStep } from "../recorded-cases.ts"
import { SchemaRegistry, type StructSchema } from "../schema/index.ts"
import type { ManagedFieldsEntry } from "../types.gen.ts"
import { checkFields } from "../validation/index.ts"
import { serverSideApply, trackUpdate } from "./index.ts"

const registry = new SchemaRegistry(new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname)
const now = "2026-01-02T03:04:05Z"

function schemaOf({ apiVersion, kind }: KubeObject): StructSchema {
  const [version = "", group = ""] = apiVersion.split("/").reverse()
  const schema = registry.forKind(group, version, kind)
  if (schema === undefined) throw new Error(`no schema of ${apiVersion} ${kind}`)
  return schema
}

/** The step as our functions do it on the object that the real server had. */
function perform(live: KubeObject | undefined, step: RecordedStep): KubeObject {
  const url = new URL(step.path, "http://host")
  const subresource = url.pathname.endsWith("/status") ? "status" : ""
  const body = step.body as KubeObject
  const manager = url.searchParams.get("fieldManager") ?? ""
  if (step.type === "application/apply-patch+yaml") {
    const schema = schemaOf(live ?? body)
    const force = url.searchParams.get("force") === "true"
    const result = serverSideApply({ live, applied: body, manager, force, schema, now, subresource })
    if ("error" in result) throw result.error
    return result.object
  }
  const answer = step.answer.body as unknown as KubeObject
  const after = step.method === "PATCH" ? patched(live as unknown as Json, step) : stated(answer, body)
  return trackUpdate({ before: live, after, manager, schema: schemaOf(answer), now, subresource })
}

function patched(live: Json, step: RecordedStep): KubeObject {
  const result = step.type?.startsWith("application/merge-patch")
    ? mergePatch(live, step.body)
    : strategicMergePatch(live, step.body, schemaOf(live as unknown as KubeObject))
  return checkFields(result, schemaOf(live as unknown as KubeObject), "Ignore").object as unknown as KubeObject
}

/** What a client wrote in full, as decoded and defaulted by the real server. */
function stated(answer: KubeObject, body: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = answer.metadata
  const { managedFields } = body.metadata
  return { ...answer, metadata: { ...metadata, ...(managedFields === undefined ? {} : { managedFields }) } }
}

/** Whether there is a time, not which. */
function owners(entries: readonly ManagedFieldsEntry[] | undefined): unknown[] {
  const all = (entries ?? []).map(({ time, ...entry }) => ({ ...entry, timed: time !== undefined }))
  return all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

const volatile = new Set([".metadata.managedFields", ".metadata.resourceVersion", ".metadata.generation"])

/** All that is in `part` is in `whole`; the real server adds defaults and writes quantities its own way. */
function expectIn(whole: unknown, part: unknown, path: string): void {
  if (part === null || path.endsWith(".cpu") || volatile.has(path)) return
  if (isRecord(part)) {
    for (const [key, value] of Object.entries(part))
      expectIn((whole as Json | undefined)?.[key], value, `${path}.${key}`)
  } else if (Array.isArray(part)) {
    expect(whole, path).toHaveLength(part.length)
    for (const [index, item] of part.entries()) expectIn((whole as unknown[])[index], item, `${path}[${index}]`)
  } else expect(whole, path).toEqual(part)
}

describe("as a real kube-apiserver tracks and applies", () => {
  for (const { name, steps } of recordedCases(new URL("recorded/applies.yaml", import.meta.url))) {
    it(name, () => {
      let live: KubeObject | undefined
      for (const step of steps) {
        const { code, body } = step.answer
        if (code < 300) {
          const answer = body as unknown as KubeObject
          const object = perform(live, step)
          expect(owners(object.metadata.managedFields)).toEqual(owners(answer.metadata.managedFields))
          if (step.type?.startsWith("application/apply")) expectIn(answer, object, "")
          live = answer
        } else expectFailure(() => perform(live, step), body)
      }
    })
  }
})

/** The real server lists managers in the order of a Go map. */
function expectFailure(run: () => unknown, { message, reason, code, details }: Json): void {
  const sorted = (causes: unknown): unknown[] =>
    (Array.isArray(causes) ? causes : []).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  try {
    run()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    expect({ message: error.message, reason: error.reason, code: error.code }).toEqual({
      message,
      reason: reason ?? "",
      code,
    })
    expect(sorted(error.details?.["causes"])).toEqual(sorted((details as Json | undefined)?.["causes"]))
    return
  }
  expect.fail(`should have failed: ${String(message)}`)
}

const names = fc.constantFrom("a", "b", "c")
const values = fc.constantFrom("1", "2")
const data = fc.dictionary(names, values)
const configMap = fc
  .record({ data, labels: data, finalizers: fc.uniqueArray(fc.constantFrom("x.io/1", "x.io/2", "x.io/3")) })
  .map(({ data, labels, finalizers }): KubeObject & { data: Record<string, string> } => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cm", labels, finalizers },
    data,
  }))

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string, time = now): KubeObject {
  const result = serverSideApply({ live, applied, manager, force: true, schema: schemaOf(applied), now: time })
  if ("error" in result) throw result.error
  return { ...result.object, metadata: { ...result.object.metadata, uid: "u" } }
}

describe("laws of server-side apply", () => {
  it("applying again changes nothing, not even a time", () => {
    fc.assert(
      fc.property(configMap, configMap, (one, two) => {
        const live = apply(apply(undefined, one, "one"), two, "two")
        expect(apply(live, two, "two", "2027-01-01T00:00:00Z")).toEqual(live)
      }),
    )
  })

  it("what a manager applies is there, and what it alone applied before is not", () => {
    fc.assert(
      fc.property(configMap, configMap, (before, after) => {
        const live = apply(apply(undefined, before, "one"), after, "one") as typeof after
        expect(live.data ?? {}).toEqual(after.data)
        expect(live.metadata.labels ?? {}).toEqual(after.metadata.labels)
      }),
    )
  })

  it("what another manager applied stays when one drops it", () => {
    fc.assert(
      fc.property(configMap, configMap, (mine, theirs) => {
        const both = apply(apply(undefined, mine, "mine"), theirs, "theirs")
        const live = apply(both, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm" } }, "mine")
        expect((live as typeof theirs).data ?? {}).toEqual(theirs.data)
        expect([...(live.metadata.finalizers ?? [])].sort()).toEqual([...(theirs.metadata.finalizers ?? [])].sort())
      }),
    )
  })

  it("never changes the objects it is given", () => {
    fc.assert(
      fc.property(configMap, configMap, (one, two) => {
        const live = apply(undefined, one, "one")
        const copies = structuredClone([live, two])
        apply(live, two, "two")
        trackUpdate({ before: live, after: two, manager: "three", schema: schemaOf(two), now })
        expect([live, two]).toEqual(copies)
      }),
    )
  })
})

describe("managers by update", () => {
  it("are joined when there are more than ten, the oldest first", () => {
    const first = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", labels: { a: "b" } } }
    let live = apply(undefined, first, "first")
    for (let index = 0; index < 14; index += 1) {
      const after = mergePatch(live as unknown as Json, { data: { [`k${index}`]: "v" } }) as unknown as KubeObject
      const time = `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`
      live = trackUpdate({ before: live, after, manager: `m${index}`, schema: schemaOf(live), now: time })
    }
    const updates = (live.metadata.managedFields ?? []).filter((entry) => entry.operation === "Update")
    expect(updates.map((entry) => entry.manager)).toEqual([
      "ancient-changes",
      "m5",
      "m6",
      "m7",
      "m8",
      "m9",
      "m10",
      "m11",
      "m12",
      "m13",
    ])
    expect(Object.keys(updates[0]?.fieldsV1?.["f:data"] as object)).toContain("f:k4")
  })
})
