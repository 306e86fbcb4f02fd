import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, it } from "vitest"
import { ApiError, startKubeApi, type KubeApi, type KubeClient, type KubeObject } from "../../kube/index.ts"
import type { EndpointSlice, Event, Pod, Service } from "../../kube/types.gen.ts"
import { installIstioDefinitions } from "../definitions.ts"
import { sidecarInjector } from "../injection/admission.ts"
import type { MeshSnapshot } from "../snapshot.ts"
import { istioValidator } from "../validation/admission.ts"
import { startMeshControl } from "./control.ts"
import { destinationRules, virtualServices } from "./istio.ts"

const dataDir = fileURLToPath(new URL("../../../data", import.meta.url))
const core = (resource: string) => ({ group: "", version: "v1", resource })
const log = (): void => undefined

let api: KubeApi
let client: KubeClient
let control: { close(): void }
let snapshots: MeshSnapshot[]

beforeEach(async () => {
  api = await startKubeApi({ dataDir, log, mutators: [sidecarInjector], validators: [istioValidator] })
  client = api.client()
  await installIstioDefinitions(client, dataDir)
  snapshots = []
  control = startMeshControl({ client, push: (snapshot) => snapshots.push(snapshot), log })
  const labels = { "istio-injection": "enabled" }
  await client.create(core("namespaces"), { apiVersion: "v1", kind: "Namespace", metadata: { name: "test", labels } })
})
afterEach(async () => {
  control.close()
  await api.close()
})

async function eventually<T>(read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const limit = performance.now() + 5000
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    if (performance.now() > limit) throw new Error("did not happen within 5 s")
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface WithStatus extends KubeObject {
  readonly status?: { readonly validationMessages?: readonly { readonly type: { readonly code: string } }[] }
}

const istio = (kind: string, spec: object) => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name: "podinfo", namespace: "test" },
  spec,
})
const vs = (...destinations: object[]) =>
  istio("VirtualService", { hosts: ["podinfo"], http: [{ route: destinations }] })
const subset = (name: string, weight: number) => ({ destination: { host: "podinfo", subset: name }, weight })

async function createService(): Promise<void> {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "podinfo", namespace: "test" },
    spec: { selector: { app: "podinfo" }, ports: [{ name: "http", port: 9898, targetPort: 9898 }] },
  }
  await client.create(core("services"), service)
}

it("tells the data plane of pods, endpoints and routes as they come and go", async () => {
  await createService()
  const pod = await client.create<Pod>(core("pods"), {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "podinfo-ga", namespace: "test", labels: { app: "podinfo", release: "ga" } },
    spec: { containers: [{ name: "app", image: "podinfo:0.1.0" }] },
  })
  const uid = pod.metadata.uid ?? ""
  const slices = { group: "discovery.k8s.io", version: "v1", resource: "endpointslices" }
  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "podinfo-1", namespace: "test", labels: { "kubernetes.io/service-name": "podinfo" } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 9898, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.244.0.2"], conditions: { ready: true }, targetRef: { kind: "Pod", uid } }],
  }
  await client.create(slices, slice)
  const rule = istio("DestinationRule", { host: "podinfo", subsets: [{ name: "ga", labels: { release: "ga" } }] })
  await client.create(destinationRules, rule)
  await client.create(virtualServices, vs({ destination: { host: "podinfo", subset: "ga" } }))

  const name = "outbound|9898|ga|podinfo.test.svc.cluster.local"
  const snapshot = await eventually(() => snapshots.find((candidate) => candidate.sidecarHosts.length > 0))
  expect(snapshot.pods.find((one) => one.uid === uid)).toMatchObject({
    injected: true,
    workload: { name: "podinfo-ga" },
  })
  const ga = snapshot.clusters.find((cluster) => cluster.name === name)
  expect(ga?.endpoints).toEqual([{ ip: "10.244.0.2", port: 9898, pod: uid }])
  expect(snapshot.sidecarHosts[0]?.routes[0]?.action).toMatchObject({ destinations: [{ cluster: name }] })

  await client.delete(slices, "podinfo-1", "test")
  await client.delete(virtualServices, "podinfo", "test")
  await eventually(() => {
    const last = snapshots.at(-1)
    return last?.sidecarHosts.length === 0 && last.clusters.every(({ endpoints }) => endpoints.length === 0)
      ? last
      : undefined
  })
})

it("sends nothing when nothing that matters changed", async () => {
  await createService()
  await eventually(() => snapshots.find(({ services }) => services.some(({ name }) => name === "podinfo")))
  const before = snapshots.length
  await client.create(core("configmaps"), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c", namespace: "test" },
  })
  await client.patch(core("services"), "podinfo", "test", "merge", { metadata: { labels: { a: "b" } } })
  await createOther()
  const added = snapshots.slice(before)
  expect(added.map(({ services }) => services.some(({ name }) => name === "other"))).toEqual([true])

  async function createOther(): Promise<void> {
    const other: Service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "other", namespace: "test" },
      spec: { ports: [{ name: "http", port: 80 }] },
    }
    await client.create(core("services"), other)
    await eventually(() => snapshots.find(({ services }) => services.some(({ name }) => name === "other")))
  }
})

it("writes what is wrong into the status and an event, and takes it back when it is right", async () => {
  await createService()
  await client.create(virtualServices, vs(subset("ga", 90), subset("canary", 10)))
  const codes = async (): Promise<string[]> => {
    const object = await client.get<WithStatus>(virtualServices, "podinfo", "test")
    return (object.status?.validationMessages ?? []).map(({ type }) => type.code)
  }
  await eventually(async () => ((await codes()).includes("IST0101") ? true : undefined))
  const events = await eventually(async () => {
    const { items } = await client.list<Event>(core("events"), { namespace: "test" })
    return items.length === 2 ? items : undefined
  })
  expect(events.map(({ reason, message }) => `${reason} ${message}`).sort()).toEqual([
    'ReferencedResourceNotFound Referenced host+subset in destinationrule not found: "podinfo+canary"',
    'ReferencedResourceNotFound Referenced host+subset in destinationrule not found: "podinfo+ga"',
  ])
  const subsets = ["ga", "canary"].map((name) => ({ name, labels: { release: name } }))
  await client.create(destinationRules, istio("DestinationRule", { host: "podinfo", subsets }))
  await eventually(async () => ((await codes()).length === 0 ? true : undefined))
})

it("refuses at admission what istiod's webhook refuses", async () => {
  const refusal = await client.create(virtualServices, vs(subset("ga", 0), subset("canary", 0))).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refusal).toBeInstanceOf(ApiError)
  expect(refusal).toMatchObject({
    code: 400,
    message: expect.stringContaining("total destination weight = 0") as unknown,
  })
})
