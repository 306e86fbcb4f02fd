import { formatDuration } from "@serin/promql"
import { stringify } from "yaml"
import type { MetricsConfig } from "./config.ts"

/** The configuration with all that it left out, as `/api/v1/status/config` shows it. */
export function configText({ global, scrape_configs }: MetricsConfig): string {
  const jobs = scrape_configs.map((job) => ({
    ...job,
    scrape_interval: formatDuration(job.scrape_interval ?? global.scrape_interval),
    scrape_timeout: formatDuration(job.scrape_timeout ?? global.scrape_timeout),
    relabel_configs: job.relabel_configs.map(({ pattern: _, ...rule }) => rule),
    metric_relabel_configs: job.metric_relabel_configs.map(({ pattern: _, ...rule }) => rule),
  }))
  return stringify({
    global: Object.fromEntries(Object.entries(global).map(([name, value]) => [name, formatDuration(value)])),
    ...(jobs.length > 0 && { scrape_configs: jobs }),
  })
}
