import { describe, expect, it } from "vitest"
import { equalJson, isRecord, type Json } from "../json.ts"
import { recordedCases } from "../recorded-cases.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { checkFields } from "../validation/index.ts"
import { applyDefaults } from "./index.ts"

const registry = new SchemaRegistry(new URL("../../../data/kubernetes-1.36.3", import.meta.url).pathname)

function stored(body: Json): Json {
  const [version = "", group = ""] = String(body["apiVersion"]).split("/").reverse()
  const schema = registry.forKind(group, version, String(body["kind"]))
  if (schema === undefined) throw new Error(`no schema of ${String(body["kind"])}`)
  const { object } = checkFields(body, schema, "Strict")
  const frozen = Object.freeze(object)
  const defaulted = applyDefaults(schema, frozen)
  expect(applyDefaults(schema, defaulted), "defaults of defaults").toEqual(defaulted)
  return defaulted
}

/** Paths of the leaves that differ, `+` for what only the real server has. */
function differences(ours: unknown, theirs: unknown, path = ""): string[] {
  if (equalJson(ours, theirs)) return []
  if (isRecord(ours) && isRecord(theirs)) {
    const names = new Set([...Object.keys(ours), ...Object.keys(theirs)])
    return [...names].flatMap((name) => differences(ours[name], theirs[name], `${path}.${name}`))
  }
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((item, index) => differences(item, theirs[index], `${path}[${index}]`))
  }
  return [ours === undefined ? `+${path}` : `${path}: ${JSON.stringify(ours)} is ${JSON.stringify(theirs)}`]
}

/** Not defaults, but what admission and the storage of single kinds add. */
const added = [
  /^\+\.metadata\.(uid|resourceVersion|creationTimestamp|generation|managedFields|namespace)$/,
  /^\+\.spec\.(priority|preemptionPolicy|tolerations)$/,
  /^\+\.status\./,
  /^\+\.spec\.(clusterIP|clusterIPs|ipFamilies|ipFamilyPolicy)$/,
  /^\+\.spec\.ports\[\d\]\.nodePort$/,
  /^\+\.spec\.finalizers$/,
]
/** What the storage of single kinds writes. */
const addedElsewhere: Readonly<Record<string, readonly RegExp[]>> = {
  // A job selects its pods by its uid.
  Job: [/^\+\.metadata\.labels/, /^\+\.spec\.selector$/, /^\+\.spec\.template\.metadata\.labels/],
  PersistentVolumeClaim: [/^\+\.metadata\.finalizers$/],
  DaemonSet: [/^\+\.metadata\.annotations$/],
  CustomResourceDefinition: [/^\.status\./],
  Node: [/^\+\.spec\.taints$/],
}

describe("as a real kube-apiserver fills in", () => {
  for (const { name, steps } of recordedCases(new URL("recorded/objects.yaml", import.meta.url))) {
    it(name, () => {
      for (const { body, answer } of steps) {
        const object = JSON.parse(JSON.stringify(body)) as Json
        const expected = [...added, ...(addedElsewhere[String(object["kind"])] ?? [])]
        const rest = differences(stored(object), answer.body).filter((one) => !expected.some((each) => each.test(one)))
        expect(rest, `${String(object["kind"])} ${String((object["metadata"] as Json)["name"])}`).toEqual([])
      }
    })
  }
})
