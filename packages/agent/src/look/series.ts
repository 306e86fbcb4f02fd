import { valueAt } from "@serin/core"
import type { CheckResult } from "../api/types.ts"
import type { Repositories } from "../parts.ts"
import type { PrometheusClient } from "../prometheus/index.ts"
import { bad, good } from "./result.ts"

/** The request counter of each source, and who has to be scraped for it. */
const sources: Readonly<Record<string, { readonly metric: string; readonly from: string }>> = {
  istio: { metric: "istio_requests_total", from: "the proxies (or use analysis.source envoy or app)" },
  envoy: { metric: "envoy_cluster_upstream_rq_xx", from: "Envoy's /stats/prometheus of the callers" },
  app: { metric: "http_requests_total", from: "the app's own /metrics" },
}

/** Whether Prometheus has the series at all that the canaries in Git are judged by. */
export async function checkSeries(parts: {
  readonly repositories: Pick<Repositories, "list" | "head">
  readonly prometheus: Pick<PrometheusClient, "instant">
  readonly now: number
}): Promise<CheckResult[]> {
  const used = new Set<unknown>(
    parts.repositories.list().flatMap(({ metadata }) => {
      const manifests = parts.repositories.head(`${metadata.namespace}/${metadata.name}`)?.manifests ?? []
      return manifests
        .filter(({ object }) => object.kind === "Canary")
        .map(({ object }) => valueAt(object, ["spec", "analysis", "source"]) ?? "istio")
    }),
  )
  return Promise.all(
    Object.entries(sources)
      .filter(([name]) => used.has(name))
      .map(([name, source]) => checkSource(name, source, parts)),
  )
}

async function checkSource(
  name: string,
  { metric, from }: { readonly metric: string; readonly from: string },
  { prometheus, now }: { readonly prometheus: Pick<PrometheusClient, "instant">; readonly now: number },
): Promise<CheckResult> {
  const check = `series of source ${name}`
  const answer = await prometheus.instant(`count(${metric})`, now)
  if (!answer.ok) return bad(check, answer.error)
  const count = answer.value[0]?.value ?? 0
  if (count > 0) return good(check, `${metric}: ${count} series`)
  return bad(check, {
    message: `Prometheus has no ${metric}: canaries would wait for data`,
    next: `Have it scrape ${from}, and send a request.`,
  })
}
