import { expect, test } from "vitest"
import { bucketsQuery, customQuery, errorsQuery, requestsQuery, shownQuery, type Target } from "./queries.ts"
import { parseCanarySpec } from "./spec.ts"

const canary: Target = { namespace: "test", deployment: "podinfo-canary", subset: "canary", host: "podinfo" }
const stable: Target = { ...canary, deployment: "podinfo-ga", subset: "ga" }

test("Istio's telemetry is taken from the caller, who also sees pods that do not answer", () => {
  const side = 'reporter="source",destination_workload="podinfo-canary",destination_workload_namespace="test"'
  expect(requestsQuery("istio", canary, 5000)).toBe(`sum(increase(istio_requests_total{${side}}[5s]))`)
  expect(errorsQuery("istio", canary, 5000)).toBe(
    `sum(increase(istio_requests_total{${side},response_code=~"5..|0",response_flags!="DC"}[5s]))`,
  )
  expect(bucketsQuery("istio", canary, 2500)).toEqual({
    query: `sum by (le) (increase(istio_request_duration_milliseconds_bucket{${side}}[2500ms]))`,
    unitMs: 1,
  })
})

test("Envoy's clusters are matched by subset and full host, the app's own metrics by pod name", () => {
  expect(requestsQuery("envoy", canary, 1000)).toContain(
    String.raw`{cluster_name=~"outbound\\|[0-9]+\\|canary\\|podinfo\\.test\\.svc\\.cluster\\.local"`,
  )
  expect(errorsQuery("app", canary, 1000)).toContain(
    'namespace="test",pod=~"podinfo-canary-[a-z0-9]+-[a-z0-9]+",status=~"5.."',
  )
  expect(bucketsQuery("app", canary, 1000).unitMs).toBe(1000)
})

test("a query of one's own gets its names; unknown placeholders stay, so that Prometheus complains about them", () => {
  const query = 'a{w="{{canary}}",s="{{ stable }}",n="{{namespace}}"}[{{interval}}] {{other}}'
  expect(customQuery(query, stable, canary, 30_000)).toBe(
    'a{w="podinfo-canary",s="podinfo-ga",n="test"}[30s] {{other}}',
  )
})

test("people are shown an expression for every metric", () => {
  const metrics = [
    { name: "success-rate", min: 99 },
    { name: "error-rate", max: 1 },
    { name: "latency-p95", max: 100 },
    { name: "own", query: "x{{canary}}", max: 1 },
  ]
  const sides = { stable: { deployment: "a", subset: "a" }, canary: { deployment: "b", subset: "b" } }
  const result = parseCanarySpec("podinfo", { ...sides, analysis: { metrics } })
  if (!result.ok) throw new Error(result.reason)
  const { analysis } = result.spec
  const shown = analysis.metrics.map((metric) => shownQuery(analysis, metric, stable, canary))
  expect(shown[0]).toMatch(/^100 - 100 \* \(sum\(increase\(istio_requests_total/)
  expect(shown[2]).toMatch(/^histogram_quantile\(0\.95, sum by \(le\)/)
  expect(shown[3]).toBe("xpodinfo-canary")
})
