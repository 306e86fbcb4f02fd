import { expect, test } from "vitest"
import { parseManifests } from "@serin/core"
import { ok } from "../errors.ts"
import type { Revision } from "../parts.ts"
import type { PrometheusClient } from "../prometheus/index.ts"
import type { RepositoryObject } from "../source/index.ts"
import { checkSeries } from "./series.ts"

const repository: RepositoryObject = {
  apiVersion: "serin.dev/v1alpha1",
  kind: "Repository",
  metadata: { namespace: "serin-system", name: "config" },
  spec: { url: "ssh://git@git.example.com/team/config.git" },
}

/** What is said of a Canary with this `analysis`, by a Prometheus with this many series of each metric. */
function checked(analysis: string, series: Readonly<Record<string, number>>) {
  const text = `apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {name: a, namespace: b}\nspec: {analysis: ${analysis}}\n`
  const { manifests } = parseManifests("canary.yaml", text)
  const head: Revision = { commit: "0".repeat(40), tree: { revision: "", files: new Map() }, manifests, problems: [] }
  const instant: PrometheusClient["instant"] = (query) => {
    const count = series[/^count\((\w+)\)$/.exec(query)?.[1] ?? ""]
    return Promise.resolve(ok(count === undefined ? [] : [{ labels: {}, value: count }]))
  }
  return checkSeries({ repositories: { list: () => [repository], head: () => head }, prometheus: { instant }, now: 0 })
}

test("the series that a canary's source needs are counted", async () => {
  expect(await checked("{}", { istio_requests_total: 12 })).toEqual([
    { name: "series of source istio", ok: true, message: "istio_requests_total: 12 series" },
  ])
})

test("a Prometheus that does not scrape them is told with what it should scrape", async () => {
  const [result] = await checked("{source: envoy}", { istio_requests_total: 12 })
  expect(result).toMatchObject({
    ok: false,
    message: expect.stringContaining("no envoy_cluster_upstream_rq_xx") as string,
  })
  expect(result?.next).toMatch(/stats\/prometheus/)
})
