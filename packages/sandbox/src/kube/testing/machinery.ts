import { admissionChain, type Mutator } from "../admission/index.ts"
import { Rbac } from "../auth/index.ts"
import type { KubeObject, ResourceRef } from "../client.ts"
import { DATA_DIR, readJson, versionDir } from "../data.ts"
import type { Json } from "../json.ts"
import { objectModel } from "../model.ts"
import { Catalog, type GroupDiscovery } from "../resources/index.ts"
import { SchemaRegistry } from "../schema/index.ts"
import { Store } from "../store/index.ts"
import { type Caller, create, type Machinery, type Target } from "../verbs/index.ts"

const dataDir = versionDir(DATA_DIR)
const discovery = ["discovery-api.json.gz", "discovery-apis.json.gz"].flatMap(
  (file) => (readJson(dataDir, file) as { items: GroupDiscovery[] }).items,
)

export interface TestMachinery extends Machinery {
  readonly schemas: SchemaRegistry
  /** Sets the clock forward. */
  pass(seconds: number): void
}

/** The verbs on an empty cluster with the namespace `test`, a clock that stands still and counted uids. */
export function testMachinery(options: { historyLimit?: number; mutators?: readonly Mutator[] } = {}): TestMachinery {
  const store = new Store(options.historyLimit)
  const schemas = new SchemaRegistry(dataDir)
  let now = Date.parse("2030-01-01T00:00:00Z")
  let uids = 0
  let seed = 1
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const machinery: TestMachinery = {
    store,
    catalog: new Catalog(discovery),
    schemas,
    model: objectModel(schemas),
    admission: admissionChain(store, new Rbac(store), random, options.mutators ?? [], []),
    clock: () => new Date(now),
    random,
    uuid: () => `00000000-0000-4000-8000-${String((uids += 1)).padStart(12, "0")}`,
    pass: (seconds) => {
      now += seconds * 1_000
    },
  }
  create(machinery, TESTER, targetOf(machinery, NAMESPACES), named("v1", "Namespace", "test"), WRITE)
  return machinery
}

export const WRITE = { dryRun: false, fieldManager: "" }

export const TESTER: Caller = {
  user: { username: "tester", groups: ["system:masters"] },
  manager: "tester",
  warn: () => {},
}

export const NAMESPACES: ResourceRef = { group: "", version: "v1", resource: "namespaces" }
export const CONFIG_MAPS: ResourceRef = { group: "", version: "v1", resource: "configmaps" }
export const PODS: ResourceRef = { group: "", version: "v1", resource: "pods" }
export const DEPLOYMENTS: ResourceRef = { group: "apps", version: "v1", resource: "deployments" }
export const SERVICES: ResourceRef = { group: "", version: "v1", resource: "services" }

/** In the namespace `test` where the resource has namespaces. */
export function targetOf({ catalog }: Machinery, ref: ResourceRef, name = "", subresource = ""): Target {
  const resource = catalog.find(ref)
  if (resource === undefined) throw new Error(`${ref.resource} is not served`)
  return { resource, namespace: resource.namespaced ? "test" : undefined, name, subresource }
}

export function named(apiVersion: string, kind: string, name: string, more: Json = {}): KubeObject & Json {
  const { metadata = {}, ...rest } = more
  return { apiVersion, kind, metadata: { name, ...(metadata as Json) }, ...rest }
}

export const configMap = (name: string, data: Json = {}, metadata: Json = {}): KubeObject & Json =>
  named("v1", "ConfigMap", name, { data, metadata })
