import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { protect } from "../../packages/agent/src/canary/protect.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { findIn, PROTECTED_ANNOTATION, readRolloutFrom } from "../../packages/core/src/index.ts"
import {
  AgentWorld,
  configMap,
  namespaceFile,
  route,
  service,
  startCluster,
  subsets,
  until,
  yaml,
  type Any,
  type Cluster,
} from "./agent-world.ts"

let folder: string
let cluster: Cluster
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-protect-"))
  cluster = await startCluster(folder)
})
afterAll(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

let world: AgentWorld
beforeEach(async () => {
  world = await AgentWorld.start(cluster, {
    "cluster/namespace.yaml": namespaceFile,
    "cluster/a.yaml": configMap("a", { x: "1" }),
    "cluster/service.yaml": service(),
    "cluster/subsets.yaml": subsets,
    "cluster/route.yaml": route(70, 30),
    "cluster/ga.yaml": deployment("ga", "web:1"),
    "cluster/canary-side.yaml": deployment("canary", "web:2"),
    "cluster/canary.yaml": canary,
  })
  await until("the namespace is there", async () => (await world.get("Service", "web")) !== undefined)
  await world.pod("ga", true)
  await world.pod("canary", true)
  await world.synced()
  return () => world.close()
})

describe("a protection", () => {
  it("holds the weights while Git says what was wrong, and nothing else", async () => {
    await setWeightToZero()
    await world.said(/is applied, except VirtualService .*web: its weights are held back/)
    expect(world.events("drift")).toEqual([])
    await world.edit("ConfigMap", "a", { data: { x: "drifted" } })
    await until(
      "drift elsewhere is put back",
      async () => (await world.get("ConfigMap", "a"))?.["data"]?.["x" as never] === "1",
    )
    const commit = await world.push("something else", { "cluster/a.yaml": configMap("a", { x: "2" }) })
    await world.said(new RegExp(`${commit.slice(0, 7)} is applied, except VirtualService`))
    await world.restart()
    await world.push("and more", { "cluster/a.yaml": configMap("a", { x: "3" }) })
    await until(
      "the rest is applied",
      async () => (await world.get("ConfigMap", "a"))?.["data"]?.["x" as never] === "3",
    )
    expect(await weights()).toEqual([100, 0])
  })

  it("ends with a commit that changes the weights, ours or a person's", async () => {
    await setWeightToZero()
    await world.said(/held back/)
    await world.synced(await world.push("roll back", { "cluster/route.yaml": route(100, 0) }))
    expect(await weights()).toEqual([100, 0])
    expect((await virtualService())?.metadata.annotations).not.toHaveProperty(PROTECTED_ANNOTATION)
    expect(world.events("drift")).toEqual([])
  })

  it("ends with another image, which is another release", async () => {
    await setWeightToZero()
    await world.said(/held back/)
    await world.synced(await world.push("fix", { "cluster/canary-side.yaml": deployment("canary", "web:3") }))
    expect(await weights()).toEqual([70, 30])
  })

  it("holds behind someone else's broken file", async () => {
    await world.push("break", { "cluster/broken.yaml": "kind: [\n" })
    await world.said(/is not applied, nothing of it/)
    await setWeightToZero()
    await world.edit("ConfigMap", "a", { data: { x: "drifted" } })
    await until(
      "drift elsewhere is put back",
      async () => (await world.get("ConfigMap", "a"))?.["data"]?.["x" as never] === "1",
    )
    expect(await weights()).toEqual([100, 0])
  })
})

async function setWeightToZero(): Promise<void> {
  const { repositories } = world.core.parts
  const objects = (repositories.head(world.key)?.manifests ?? []).map(({ object }) => object)
  const read = readRolloutFrom((name) => findIn(objects, name), { namespace: world.namespace, name: "web" })
  if (!read.ok) throw new Error(read.reason)
  const live = (await virtualService()) as never
  const protection = { rollout: read.rollout, live, reason: "success-rate 70 < 99", by: undefined }
  unwrap(await protect(protection, { kube: repositories.kubeFor(world.key), owner: world.key, at: () => {} }))
  expect(await weights()).toEqual([100, 0])
}

function virtualService(): Promise<Any | undefined> {
  return world.get("VirtualService", "web", "networking.istio.io/v1")
}

async function weights(): Promise<readonly (number | undefined)[]> {
  const spec = (await virtualService())?.["spec"] as { http: { route: { weight?: number }[] }[] } | undefined
  return spec?.http[0]?.route.map(({ weight }) => weight) ?? []
}

const canary = yaml({
  apiVersion: "serin.dev/v1alpha1",
  kind: "Canary",
  metadata: { name: "web", namespace: "NS" },
  spec: {
    stable: { deployment: "web-ga", subset: "ga" },
    canary: { deployment: "web-canary", subset: "canary" },
    virtualService: "web",
    steps: [30, 100],
  },
})

function deployment(release: string, image: string): string {
  const labels = { app: "web", release }
  return yaml({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `web-${release}`, namespace: "NS" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
    },
  })
}
