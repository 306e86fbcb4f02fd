import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import { applyDefaults } from "../defaults/index.ts"
import { isRecord, type Json } from "../json.ts"
import { rulesFor } from "../kinds/index.ts"
import { mergePatch } from "../patch/index.ts"
import { recordedCases, type RecordedStep } from "../recorded-cases.ts"
import type { Resource } from "../resources/index.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { checkFields, invalid, validate } from "./index.ts"

const registry = new SchemaRegistry(new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname)

/** Without what makes a case incomparable: it is decided or made up elsewhere. */
const elsewhere = [
  /"generateName"/, // the rest of the name is random
  /"priorityClassName":"A"/, // admission looks for it first
  /"tolerations":\[\]/, // admission adds the usual ones
  /"clusterIP":"1.2.3.4"/, // not in the range of addresses
  /\$NS-n/, // the name of the namespace was another one
]

function prepared(raw: Json, { path, answer }: RecordedStep, old?: KubeObject): KubeObject {
  const [version = "", group = ""] = String(raw["apiVersion"]).split("/").reverse()
  const schema = registry.forKind(group, version, String(raw["kind"]))
  if (schema === undefined) throw new Error(`no schema of ${String(raw["kind"])}`)
  const { metadata, ...rest } = raw
  const namespace = path.includes("/namespaces/$NS/") ? "$NS" : undefined
  const [, uid = "uid"] = /controller-uid\\?":\\?"([-0-9a-f]+)/.exec(JSON.stringify(answer)) ?? []
  const placed = { ...rest, metadata: { uid, ...(isRecord(metadata) ? metadata : {}), namespace } }
  const object = applyDefaults(schema, checkFields(placed, schema, "Ignore").object as unknown as KubeObject)
  const rules = rulesFor({ custom: false, ...refOf(path), subresources: new Set<string>() } as unknown as Resource)
  const context = { now: "", random: () => 0, stored: () => [], dryRun: true }
  return old === undefined ? rules.prepareCreate(object, context) : rules.prepareUpdate(object, old, context)
}

function refOf(path: string): { group: string; resource: string; storage: string } {
  const [, group = "", resource = ""] =
    /^\/(?:api|apis\/([^/]+))\/v[^/]+\/(?:namespaces\/[^/]+\/)?([^/?]+)/.exec(path) ?? []
  return { group, resource, storage: group === "" ? resource : `${group}/${resource}` }
}

interface Refusal {
  readonly message: string
  readonly causes: readonly string[]
}

function ourRefusal({ path }: RecordedStep, object: KubeObject, old?: KubeObject): Refusal | undefined {
  const ref = refOf(path)
  const errors = validate(ref, object, old)
  if (errors.length === 0) return undefined
  const { group } = ref
  const { message, details } = invalid({ group, kind: object.kind ?? "" }, object.metadata.name ?? "", errors)
  return refusal({ message, details })
}

function refusal({ message, details }: Json): Refusal {
  const causes = isRecord(details) && Array.isArray(details["causes"]) ? (details["causes"] as Json[]) : []
  return {
    // After these words the real server shows the difference of the specs, as its library for tests prints them.
    message: String(message).replace(/(previously negative\)).*$/s, "$1"),
    causes: causes.map(
      ({ reason, field, message: why }) =>
        `${String(reason)} ${String(field)}: ${String(why).replace(/(previously negative\)).*$/s, "$1")}`,
    ),
  }
}

describe("objects are refused as a real kube-apiserver refuses them", () => {
  for (const { name, steps } of recordedCases(new URL("recorded/objects.yaml", import.meta.url))) {
    it(name, () => {
      let stored: KubeObject | undefined
      for (const step of steps) {
        const { method, body, answer } = step
        if (elsewhere.some((pattern) => pattern.test(JSON.stringify(body)))) continue
        const old = method === "PATCH" ? stored : undefined
        const raw = (old === undefined ? body : mergePatch(old as unknown as Json, body)) as Json
        const ours = ourRefusal(step, prepared(raw, step, old), old)
        if (answer.code === 422) expect(ours).toEqual(refusal(answer.body))
        else expect(ours).toBeUndefined()
        if (method === "POST" && isRecord(answer.body)) stored ??= answer.body as unknown as KubeObject
      }
    })
  }
})
