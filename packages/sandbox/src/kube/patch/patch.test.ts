import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ApiError } from "../client.ts"
import { equalJson, listAt, stringAt, valueAt, type Json } from "../json.ts"
import { recordedCases, type RecordedStep } from "../recorded-cases.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { jsonPatch, mergePatch, strategicMergePatch } from "./index.ts"

const dataDir = new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname
const schema = new SchemaRegistry(dataDir).forKind("apps", "v1", "Deployment")
if (schema === undefined) throw new Error("no schema of Deployment")

function patched(live: Json, step: RecordedStep): unknown {
  if (step.type === "application/json-patch+json") return jsonPatch(live, step.body)
  if (step.type === "application/merge-patch+json") return mergePatch(live, step.body)
  return strategicMergePatch(live, step.body, schema as NonNullable<typeof schema>)
}

/** The parts that the recorded patches change and that defaulting leaves alone. */
function essence(object: unknown): Json {
  return {
    labels: valueAt(object, "metadata", "labels") ?? {},
    annotations: valueAt(object, "metadata", "annotations"),
    finalizers: valueAt(object, "metadata", "finalizers"),
    replicas: valueAt(object, "spec", "replicas") ?? 1,
    strategy: stringAt(object, "spec", "strategy", "type"),
    surge: valueAt(object, "spec", "strategy", "rollingUpdate", "maxSurge"),
    pod: valueAt(object, "spec", "template", "metadata"),
    tolerations: valueAt(object, "spec", "template", "spec", "tolerations"),
    containers: listAt(object, "spec", "template", "spec", "containers").map((container) => ({
      name: valueAt(container, "name"),
      image: valueAt(container, "image"),
      env: listAt(container, "env").map((one) => [valueAt(one, "name"), valueAt(one, "value") ?? undefined]),
      args: valueAt(container, "args"),
      ports: listAt(container, "ports").length,
    })),
  }
}

describe("as a real kube-apiserver patches", () => {
  for (const { name, steps } of recordedCases(new URL("recorded/patches.yaml", import.meta.url))) {
    it(name, () => {
      let live: Json = {}
      for (const step of steps) {
        const { code, body } = step.answer
        if (step.method === "PATCH" && code < 300) expect(essence(patched(live, step))).toEqual(essence(body))
        else if (step.method === "PATCH") {
          const failure = { code, message: body["message"], reason: body["reason"] ?? "" }
          expect(() => patched(live, step)).toThrow(expect.objectContaining(failure))
        }
        if (code < 300) live = body
      }
    })
  }
})

/** Nothing in Kubernetes is called `__proto__`. */
const json = (fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>).filter(
  (value) => !JSON.stringify(value).includes("__proto__"),
)
const object = fc.dictionary(fc.constantFrom("a", "b", "c", "d/~e"), json) as fc.Arbitrary<Json>

describe("laws", () => {
  it("a merge patch settles: lists that replace an object keep their nulls at first, like the real server's", () => {
    fc.assert(
      fc.property(object, object, (doc, patch) => {
        const twice = mergePatch(mergePatch(doc, patch), patch)
        expect(equalJson(mergePatch(twice, patch), twice)).toBe(true)
      }),
    )
  })

  it("an empty patch changes nothing", () => {
    fc.assert(
      fc.property(object, (doc) => {
        expect(mergePatch(doc, {})).toEqual(doc)
        expect(jsonPatch(doc, [])).toEqual(doc)
        expect(strategicMergePatch(doc, {}, schema)).toEqual(doc)
      }),
    )
  })

  it("what was added at a path can be tested there and removed again", () => {
    fc.assert(
      fc.property(object, json, (doc, value) => {
        const path = "/new~1member"
        const added = jsonPatch(doc, [
          { op: "add", path, value },
          { op: "test", path, value },
        ])
        expect(jsonPatch(added as Json, [{ op: "remove", path }])).toEqual(doc)
      }),
    )
  })

  it("no patch changes the document it is given", () => {
    fc.assert(
      fc.property(object, object, (doc, patch) => {
        const before = structuredClone(doc)
        mergePatch(doc, patch)
        jsonPatch(doc, [{ op: "add", path: "/a", value: patch }])
        try {
          strategicMergePatch(doc, patch, schema)
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError)
        }
        expect(doc).toEqual(before)
      }),
    )
  })
})

describe("json patch", () => {
  it("puts the document's root in the place of an empty path", () => {
    expect(jsonPatch({ a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }])).toEqual({ b: 2 })
    expect(jsonPatch({ a: 1 }, [{ op: "test", path: "", value: { a: 1 } }])).toEqual({ a: 1 })
  })

  it("keeps a member that is called __proto__ a member", () => {
    const patched = jsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }])
    expect(Object.keys(patched as object)).toEqual(["__proto__"])
    expect((patched as Json)["polluted"]).toBeUndefined()
  })
})
