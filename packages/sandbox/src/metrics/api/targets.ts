import { formatDuration, type Labels, matcherTest, parseSelector } from "@serin/promql"
import { inParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"

export const targets: Handler = ({ scraper }, parameters) => {
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
          lastScrape: lastScrape === 0 ? "0001-01-01T00:00:00Z" : new Date(lastScrape).toISOString(),
          lastScrapeDuration: lastDuration / 1000,
          health,
          scrapeInterval: formatDuration(target.interval),
          scrapeTimeout: formatDuration(target.timeout),
        })),
    droppedTargets: !shows("dropped")
      ? []
      : scraper
          .dropped()
          .filter(({ job }) => wanted(job))
          .map(({ discovered }) => ({ discoveredLabels: discovered.toRecord() })),
  }
}

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
  return Object.fromEntries([...said].slice(0, limitOf(parameters)).map(([name, set]) => [name, [...set.values()]]))
}

function limitOf(parameters: URLSearchParams): number | undefined {
  const limit = Number.parseInt(parameters.get("limit") ?? "", 10)
  return Number.isNaN(limit) || limit < 0 ? undefined : limit
}
