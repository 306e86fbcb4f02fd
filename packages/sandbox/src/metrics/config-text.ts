import { formatDuration } from "@serin/promql"
import { stringify } from "yaml"
import type { MetricsConfig, ScrapeConfig } from "./config.ts"
import type { RelabelRule } from "./relabel.ts"

const secret = "<secret>"

/** The configuration with all that it left out and without its secrets, as `/api/v1/status/config` shows it. */
export function configText({ global, scrape_configs }: MetricsConfig): string {
  return stringify({
    global: Object.fromEntries(Object.entries(global).map(([name, value]) => [name, formatDuration(value)])),
    ...(scrape_configs.length > 0 && { scrape_configs: scrape_configs.map((job) => shownJob(global, job)) }),
  })
}

function shownJob(global: MetricsConfig["global"], job: ScrapeConfig): object {
  const { basic_auth, authorization } = job
  return {
    ...job,
    scrape_interval: formatDuration(job.scrape_interval ?? global.scrape_interval),
    scrape_timeout: formatDuration(job.scrape_timeout ?? global.scrape_timeout),
    ...(basic_auth && { basic_auth: { ...basic_auth, password: secret } }),
    ...(authorization && { authorization: { ...authorization, credentials: secret } }),
    http_sd_configs: job.http_sd_configs.map(({ url, refresh_interval }) => ({
      url,
      refresh_interval: formatDuration(refresh_interval),
    })),
    relabel_configs: job.relabel_configs.map(shownRule),
    metric_relabel_configs: job.metric_relabel_configs.map(shownRule),
  }
}

/** Without what was made of it. */
const shownRule = (rule: RelabelRule): object =>
  Object.fromEntries(Object.entries(rule).filter(([name]) => name !== "pattern"))
