import { afterEach, expect, test } from "vitest"
import { definitions } from "../install/index.ts"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { checkStanding } from "./standing.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const now = Date.parse("2026-01-01T00:01:00Z")
const groups = {
  "serin.dev": [
    ["v1alpha1", "repositories", "Repository"],
    ["v1alpha1", "canaries", "Canary"],
    ["v1alpha1", "deliveries", "Delivery"],
  ],
  "coordination.k8s.io": [["v1", "leases", "Lease"]],
  "apiextensions.k8s.io": [["v1", "customresourcedefinitions", "CustomResourceDefinition", "Cluster"]],
} as const

/** The definitions of this version. */
const served: Readonly<Record<string, unknown>> = Object.fromEntries(
  definitions.map((definition) => [`customresourcedefinitions/${definition.metadata.name}`, definition]),
)

/** The results of an API that answers these paths below serin-system, and 404 or 403 otherwise. */
async function standing(answers: Readonly<Record<string, unknown>>, otherwise = 404) {
  const api = await startScriptedApi(
    (_request, response, url) => {
      const [, name = ""] =
        /\/(?:namespaces\/serin-system|apis\/apiextensions.k8s.io\/v1)\/(.+)$/.exec(url.pathname) ?? []
      const found = { ...served, ...answers }[name]
      if (found !== undefined) return answer(response, 200, found)
      return answer(response, otherwise, {
        kind: "Status",
        reason: otherwise === 403 ? "Forbidden" : "NotFound",
        message: "no",
      })
    },
    [["v1", "pods", "Pod"]],
    groups,
  )
  closing.push(() => api.close())
  const kube = createKubeClient(api.credentials)
  closing.push(() => kube.close())
  return checkStanding(kube, now)
}

const deployment = (available: number) => ({ spec: { replicas: 2 }, status: { availableReplicas: available } })
const lease = (renewTime: string) => ({ spec: { holderIdentity: "serin-a", renewTime, leaseDurationSeconds: 15 } })
const noPods = { metadata: {}, items: [] }

test("all stands: replicas, and a leader that renews", async () => {
  const results = await standing({
    "deployments/serin": deployment(2),
    pods: noPods,
    "leases/serin-agent": lease("2026-01-01T00:00:57.000000Z"),
  })
  expect(results.filter(({ ok }) => !ok)).toEqual([])
  expect(results.at(-1)?.message).toBe("serin-a, renewed 3 s ago")
})

test("a leader that is gone, missing replicas and a pod's reason are said, each with a command", async () => {
  const pod = {
    metadata: { name: "serin-a", namespace: "serin-system" },
    status: { containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] },
  }
  const results = await standing({
    "deployments/serin": deployment(0),
    pods: { metadata: {}, items: [pod] },
    "leases/serin-agent": lease("2026-01-01T00:00:00.000000Z"),
  })
  const wrong = results.filter(({ ok }) => !ok)
  expect(wrong.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    "agent's Deployment: 0 of 2 replicas are available",
    "pod serin-a: ErrImagePull",
    "leader: serin-a has not renewed its lease for 60 s",
  ])
  for (const { next } of wrong) expect(next).toMatch(/`(kubectl|serin)/)
})

test("an agent that runs elsewhere has no Deployment, and that is no fault", async () => {
  expect((await standing({})).every(({ ok }) => ok)).toBe(true)
})

test("a definition of another version is said, with a field that it would drop and how to mend it", async () => {
  const canary = structuredClone(served["customresourcedefinitions/canaries.serin.dev"]) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: Record<string, object> } } }[] }
  }
  delete canary.spec.versions[0]?.schema.openAPIV3Schema.properties["spec"]
  const [found] = await standing({ "customresourcedefinitions/canaries.serin.dev": canary })
  expect(found?.message).toBe("Canary is that of another version: it has no spec")
  expect(found?.next).toContain("kubectl apply --server-side")
})

test("what the user may not see is not called a fault", async () => {
  const results = await standing({}, 403)
  expect(results.map(({ ok, message }) => [ok, message])).toContainEqual([true, "not looked at: no"])
})
