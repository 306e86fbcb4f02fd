import { describe, expect, it } from "vitest"
import { ApiError } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import { recordedCases, type RecordedStep } from "../recorded-cases.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { checkFields, checkPatched, scanJson, type FieldValidation } from "./index.ts"

const registry = new SchemaRegistry(new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname)

function schemaOf({ apiVersion, kind }: Json) {
  const [version = "", group = ""] = String(apiVersion).split("/").reverse()
  const schema = registry.forKind(group, version, String(kind))
  if (schema === undefined) throw new Error(`no schema of ${String(kind)}`)
  return schema
}

/** What the answer tells of decoding: the failure's message, or the warnings. */
function outcome({ path, body, answer }: RecordedStep): { ours: string; theirs: string } {
  const mode = new URL(path, "http://host").searchParams.get("fieldValidation") as FieldValidation
  const theirs = answer.code === 400 ? String(answer.body["message"]) : (answer.warnings ?? "")
  const scan = typeof body === "string" ? scanJson(body) : { duplicates: [] }
  if (scan.error !== undefined) return { ours: scan.error, theirs: jsonProblem(theirs) }
  const raw = (typeof body === "string" ? JSON.parse(body) : body) as Json
  const problems = scan.duplicates.map((field) => `duplicate field "${field}"`)
  try {
    const { warnings } = checkFields(raw, schemaOf(raw), mode, problems)
    return { ours: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`).join(", "), theirs }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { ours: error.message, theirs }
  }
}

/** Around the decoder's words stands what was sent. */
const jsonProblem = (message: string): string =>
  message.replace(/^.*json parse error: /s, "").replace(/ \((?:<empty>|[0-9a-f]+|\{.*)\)$/s, "")

const sortedProblems = (text: string): string[] =>
  text
    .replace(/^.*decoding error: /, "")
    .split(", ")
    .sort()

describe("as a real kube-apiserver decodes", () => {
  for (const { name, steps } of recordedCases(new URL("recorded/decoding.yaml", import.meta.url))) {
    it(name, () => {
      for (const step of steps) {
        const { ours, theirs } = outcome(step)
        // Keys that are there twice come in the document's order there, first here.
        if (name === "keys twice") expect(sortedProblems(ours)).toEqual(sortedProblems(theirs))
        else expect(ours).toBe(theirs)
      }
    })
  }
})

describe("what is stored", () => {
  const decode = (raw: Json) => checkFields(raw, schemaOf(raw), "Strict").object

  it("has no empty values where Go leaves them out, and zero values where it does not", () => {
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "", labels: {}, finalizers: [], annotations: null },
      spec: { replicas: 0, paused: false, minReadySeconds: 0, template: { spec: { containers: [{ image: "i" }] } } },
    }
    expect(decode(deployment)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {},
      spec: {
        replicas: 0,
        selector: null,
        strategy: {},
        template: { metadata: {}, spec: { containers: [{ name: "", image: "i", resources: {} }] } },
      },
      status: {},
    })
  })

  it("has canonical times and quantities", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", creationTimestamp: "2026-01-02T03:04:05.678+01:00" },
      spec: { containers: [{ name: "c", resources: { limits: { cpu: 0.5, memory: "1024Mi" } } }] },
    }
    expect(decode(pod)).toMatchObject({
      metadata: { creationTimestamp: "2026-01-02T02:04:05Z" },
      spec: { containers: [{ resources: { limits: { cpu: "500m", memory: "1Gi" } } }] },
    })
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l" },
      spec: { renewTime: "2026-01-02T03:04:05.5Z" },
    }
    expect(decode(lease)).toMatchObject({ spec: { renewTime: "2026-01-02T03:04:05.500000Z" } })
  })

  it("keeps the empty list that asks to forget the managers", () => {
    const raw = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", managedFields: [] } }
    expect(decode(raw)).toEqual(raw)
  })

  it("is stored again as it is", () => {
    for (const { steps } of recordedCases(new URL("recorded/decoding.yaml", import.meta.url))) {
      for (const { answer } of steps) {
        if (answer.code === 201 && isRecord(answer.body)) expect(decode(answer.body)).toEqual(answer.body)
      }
    }
  })
})

describe("a patched object that does not fit", () => {
  const raw = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: 1 }

  it("is shown after a JSON or merge patch", () => {
    expect(() => checkPatched(raw, schemaOf(raw), "Strict", { type: "merge" })).toThrow(
      expect.objectContaining({
        code: 422,
        message: ` "" is invalid: patch: Invalid value: ${JSON.stringify(JSON.stringify(raw))}: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string`,
      }),
    )
  })

  it("gives way to the patch itself after a strategic one", () => {
    const patch = { data: 1 }
    expect(() => checkPatched(raw, schemaOf(raw), "Strict", { type: "strategic", patch })).toThrow(
      expect.objectContaining({
        code: 422,
        message: ' "" is invalid: patch: Invalid value: "map[data:1]": cannot restore map from int64',
      }),
    )
    const unknown = { ...raw, data: {}, foo: 1 }
    expect(() => checkPatched(unknown, schemaOf(raw), "Strict", { type: "strategic", patch: { foo: 1 } })).toThrow(
      'patch: Invalid value: "map[foo:1]": strict decoding error: unknown field "foo"',
    )
  })
})
