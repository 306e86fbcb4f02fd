import { formatDuration, type Labels, matcherTest, parseSelector } from "@serin/promql"
import type { MetricsConfig } from "../config.ts"
import type { DroppedTarget } from "../discovery/index.ts"
import { badData, inParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { goTime } from "./time.ts"

export const targets: Handler = ({ scraper, config }, parameters) => {
  const state = (parameters.get("state") ?? "").toLowerCase()
  const pool = parameters.get("scrapePool") ?? ""
  const wanted = (job: string): boolean => pool === "" || pool === job
  const shows = (kind: string): boolean => ["", "any", kind].includes(state)
  const active = scraper.statuses().filter(({ target }) => wanted(target.job.job_name))
  return {
    activeTargets: !shows("active")
      ? []
      : active.map(({ target, health, lastError, lastScrape, lastDuration }) => ({
          discoveredLabels: target.discovered.toRecord(),
          labels: target.labels.toRecord(),
          scrapePool: target.job.job_name,
          scrapeUrl: target.url,
          globalUrl: target.url,
          lastError,
          lastScrape: goTime(lastScrape),
          lastScrapeDuration: lastDuration / 1000,
          health,
          scrapeInterval: formatDuration(target.interval),
          scrapeTimeout: formatDuration(target.timeout),
        })),
    droppedTargets: !shows("dropped")
      ? []
      : shownDropped(
          scraper.dropped().filter(({ job }) => wanted(job)),
          config,
        ),
    droppedTargetCounts: droppedCounts(scraper.dropped(), config),
  }
}

/** Of each job as many as it keeps. */
function shownDropped(dropped: readonly DroppedTarget[], { scrape_configs }: MetricsConfig): object[] {
  return scrape_configs.flatMap(({ job_name, keep_dropped_targets: kept }) =>
    dropped
      .filter(({ job }) => job === job_name)
      .slice(0, kept === 0 ? undefined : kept)
      .map(({ job, discovered }) => ({ discoveredLabels: discovered.toRecord(), scrapePool: job })),
  )
}

const droppedCounts = (dropped: readonly DroppedTarget[], { scrape_configs }: MetricsConfig): Record<string, number> =>
  Object.fromEntries(
    scrape_configs.map(({ job_name }) => [job_name, dropped.filter(({ job }) => job === job_name).length]),
  )

export const scrapePools: Handler = ({ config }) => ({
  scrapePools: config.scrape_configs.map(({ job_name }) => job_name).sort(),
})

/** What targets say of their metrics, by target. */
export const targetMetadata: Handler = ({ scraper }, parameters) => {
  const metric = parameters.get("metric") ?? ""
  const selector = parameters.get("match_target") ?? ""
  const matchers = selector === "" ? [] : inParameter("match_target", () => parseSelector(selector))
  const matches = (labels: Labels): boolean =>
    matchers.every((matcher) => matcherTest(matcher)(labels.get(matcher.label)))
  const limit = limitOf(parameters)
  return scraper
    .statuses()
    .filter(({ target }) => matches(target.labels))
    .flatMap(({ target, metadata }) =>
      [...metadata]
        .filter(([name]) => metric === "" || name === metric)
        .map(([name, { type, help, unit }]) => ({
          target: target.labels.toRecord(),
          ...(metric === "" && { metric: name }),
          type,
          help,
          unit,
        })),
    )
    .slice(0, limit)
}

/** What is said of each metric, each different word of it once. */
export const metadata: Handler = ({ scraper }, parameters) => {
  const metric = parameters.get("metric") ?? ""
  const said = new Map<string, Map<string, object>>()
  for (const status of scraper.statuses()) {
    for (const [name, { type, help, unit }] of status.metadata) {
      if (metric !== "" && name !== metric) continue
      const entries = said.get(name) ?? new Map<string, object>()
      said.set(name, entries)
      entries.set(JSON.stringify([type, help, unit]), { type, help, unit })
    }
  }
  const perMetric = limitOf(parameters, "limit_per_metric")
  return Object.fromEntries(
    [...said].slice(0, limitOf(parameters)).map(([name, set]) => [name, [...set.values()].slice(0, perMetric)]),
  )
}

/** Negative: as many as there are. */
function limitOf(parameters: URLSearchParams, name = "limit"): number | undefined {
  const text = parameters.get(name) ?? ""
  if (text === "") return undefined
  if (!/^[+-]?\d+$/.test(text)) throw badData(`${name} must be a number`)
  return Number(text) < 0 ? undefined : Number(text)
}
