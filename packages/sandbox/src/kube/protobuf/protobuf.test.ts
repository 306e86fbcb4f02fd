import { describe, expect, it } from "vitest"
import { applyDefaults } from "../defaults/index.ts"
import type { Json } from "../json.ts"
import { recordedCases, type RecordedCase } from "../recorded-cases.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { checkFields } from "../validation/index.ts"
import { ProtobufDecoder } from "./index.ts"

const dataDir = new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname
const registry = new SchemaRegistry(dataDir)
const decoder = new ProtobufDecoder(dataDir)

async function decoded(body: Buffer): Promise<Json> {
  const raw = await decoder.decode(body)
  const [version = "", group = ""] = String(raw["apiVersion"]).split("/").reverse()
  const schema = registry.forKind(group, version, String(raw["kind"]))
  if (schema === undefined) throw new Error(`no schema of ${String(raw["kind"])}`)
  const object = applyDefaults(schema, checkFields(raw, schema, "Strict").object)
  // The namespace of the recording, as its texts have it.
  const namespace = (object["metadata"] as Json)["namespace"]
  if (typeof namespace !== "string") return object
  return JSON.parse(JSON.stringify(object).replaceAll(namespace, "$NS")) as Json
}

/** The last two steps answer with the same object, first in protobuf. */
function forms({ steps }: RecordedCase): { protobuf: Buffer; json: Json } {
  const [protobuf, json] = steps.slice(-2)
  if (protobuf === undefined || json === undefined) throw new Error("a case has two forms")
  return { protobuf: Buffer.from(String(protobuf.answer.body["base64"]), "base64"), json: json.answer.body }
}

/** Differ from one dry run to the next. */
function stable(object: Json): Json {
  const metadata = { ...(object["metadata"] as Json) }
  for (const field of ["uid", "creationTimestamp", "managedFields", "name", "labels"]) delete metadata[field]
  return { ...object, metadata }
}

describe("protobuf bodies", () => {
  const cases = recordedCases(new URL("recorded/messages.yaml", import.meta.url))

  it.each(cases)("$name is what the real server answers in JSON", async (recorded) => {
    const { protobuf, json } = forms(recorded)
    const ours = await decoded(protobuf)
    if (recorded.steps.length === 2) expect(stable(ours)).toEqual(stable(json))
    else expect(ours).toEqual(json)
  })

  it.each(["{}", "k8s\0\xff\xff", "k8s\0", ""])("refuses %j", async (text) => {
    await expect(decoder.decode(Buffer.from(text, "latin1"))).rejects.toMatchObject({ code: 400 })
  })

  it("refuses a message that is cut off", async () => {
    const [first] = cases
    if (first === undefined) throw new Error("no cases")
    const { protobuf } = forms(first)
    const cut = protobuf.subarray(0, protobuf.length - 40)
    await expect(decoder.decode(cut)).rejects.toMatchObject({ code: 400 })
  })
})
