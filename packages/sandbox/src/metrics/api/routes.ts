import { unescape } from "node:querystring"
import { ApiError } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { queryExemplars } from "./exemplars.ts"
import { features } from "./features.ts"
import { parseQuery } from "./parse-query.ts"
import { formatQuery, query, queryRange } from "./queries.ts"
import { relabelSteps, scrapePoolConfig } from "./relabel-steps.ts"
import { alerts, rules } from "./rules.ts"
import { dropSeries, labelNames, labelValues, series } from "./series.ts"
import { alertmanagers, buildInfo, configuration, flags, runtimeInfo } from "./status.ts"
import { logReplay, tsdbBlocks, tsdbStatus } from "./tsdb-status.ts"
import { metadata, scrapePools, targetMetadata, targets } from "./targets.ts"

type Methods = Readonly<Record<string, Handler>>

const reads = (handler: Handler): Methods => ({ GET: handler })
/** A query may be too long for an address. */
const asks = (handler: Handler): Methods => ({ GET: handler, POST: handler })
const administration: Handler = () => {
  throw new ApiError("unavailable", "admin APIs disabled")
}
const administers: Methods = { POST: administration, PUT: administration }

const routes = new Map<string, Methods>(
  Object.entries({
    query: asks(query),
    query_range: asks(queryRange),
    query_exemplars: asks(queryExemplars),
    format_query: asks(formatQuery),
    parse_query: asks(parseQuery),
    labels: asks(labelNames),
    series: { ...asks(series), DELETE: dropSeries },
    scrape_pools: reads(scrapePools),
    "scrape_pools/config": reads(scrapePoolConfig),
    targets: reads(targets),
    "targets/metadata": reads(targetMetadata),
    "targets/relabel_steps": reads(relabelSteps),
    metadata: reads(metadata),
    alertmanagers: reads(alertmanagers),
    rules: reads(rules),
    alerts: reads(alerts),
    "status/config": reads(configuration),
    "status/flags": reads(flags),
    "status/buildinfo": reads(buildInfo),
    "status/runtimeinfo": reads(runtimeInfo),
    "status/tsdb": reads(tsdbStatus),
    "status/tsdb/blocks": reads(tsdbBlocks),
    "status/walreplay": reads(logReplay),
    features: reads(features),
    notifications: reads(() => []),
    "admin/tsdb/delete_series": administers,
    "admin/tsdb/clean_tombstones": administers,
    "admin/tsdb/snapshot": administers,
  }),
)

/** What a path below `/api/v1/` answers, by method; undefined if there is no such path. */
export function routeOf(path: string): Methods | undefined {
  const label = /^label\/([^/]+)\/values$/.exec(path)?.[1]
  return label === undefined ? routes.get(path) : reads(labelValues(unescape(label)))
}
