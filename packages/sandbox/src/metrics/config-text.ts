import { formatDuration } from "@serin/promql"
import { stringify } from "yaml"
import type { MetricsConfig, ScrapeConfig } from "./config.ts"
import type { RelabelRule } from "./relabel.ts"

const secret = "<secret>"

/** The configuration with all that it left out and without its secrets, as `/api/v1/status/config` shows it. */
export function configText({ global, rule_files, alerting, scrape_configs }: MetricsConfig): string {
  const { rule_query_offset, external_labels, ...intervals } = global
  return stringify({
    global: {
      ...Object.fromEntries(Object.entries(intervals).map(([name, value]) => [name, formatDuration(value)])),
      ...(rule_query_offset > 0 && { rule_query_offset: formatDuration(rule_query_offset) }),
      ...(Object.keys(external_labels).length > 0 && { external_labels }),
    },
    ...(alerting.alertmanagers.length > 0 && { alerting }),
    ...(rule_files.length > 0 && { rule_files }),
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
