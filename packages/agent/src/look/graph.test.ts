import { expect, test } from "vitest"
import { graphOf } from "./graph.ts"

const sample = (source: string, workload: string, value: number) => ({
  labels: {
    source_workload: source,
    source_workload_namespace: source === "istio-ingressgateway" ? "istio-system" : "test",
    destination_service_name: "podinfo",
    destination_service_namespace: "test",
    destination_workload: workload,
    destination_workload_namespace: "test",
    destination_version: "unknown",
  },
  value,
})

test("shares are of what leaves a node, errors of what goes along an edge", () => {
  const requests = [
    sample("loadtest", "podinfo-ga", 9),
    sample("loadtest", "podinfo-canary", 1),
    sample("istio-ingressgateway", "podinfo-ga", 10),
  ]
  const { nodes, edges } = graphOf(
    requests,
    [sample("loadtest", "podinfo-canary", 0.25)],
    [sample("loadtest", "podinfo-canary", 900), sample("loadtest", "podinfo-ga", Number.NaN)],
    0,
  )
  expect(nodes.map(({ id, kind }) => `${kind} ${id}`).sort()).toEqual([
    "gateway workload/istio-system/istio-ingressgateway",
    "service service/test/podinfo",
    "workload workload/test/loadtest",
    "workload workload/test/podinfo-canary",
    "workload workload/test/podinfo-ga",
  ])
  const toCanary = edges.find(({ to }) => to.endsWith("podinfo-canary"))
  expect(toCanary).toMatchObject({ share: 1 / 20, requestsPerSecond: 1, errorRate: 0.25, p99Ms: 900 })
  expect(edges.find(({ to }) => to.endsWith("podinfo-ga"))).toMatchObject({
    share: 19 / 20,
    requestsPerSecond: 19,
    errorRate: 0,
  })
  expect(edges.find(({ from }) => from.endsWith("ingressgateway"))).toMatchObject({
    to: "service/test/podinfo",
    share: 1,
  })
})

test("no traffic is an empty graph", () => {
  expect(graphOf([], [], [], 0)).toEqual({ at: "1970-01-01T00:00:00.000Z", nodes: [], edges: [] })
})
