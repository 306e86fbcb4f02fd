import { formatDuration } from "@serin/promql"
import { stringify } from "yaml"
import { parseConfig, type MetricsConfig } from "./config.ts"
import type { RelabelRule } from "./relabel.ts"
import { timingOf } from "./scrape-config.ts"

const secret = "<secret>"
const durations = new Set([
  "scrape_interval",
  "scrape_timeout",
  "evaluation_interval",
  "rule_query_offset",
  "refresh_interval",
])
/** Told whether they were written or not. */
const always = new Set(["scrape_interval", "scrape_timeout", "evaluation_interval"])

/** The configuration with what it left out and without its secrets, as `/api/v1/status/config` shows it. */
export function configText({ global, rule_files, alerting, writtenJobs }: MetricsConfig): string {
  const defaults = parseConfig("").global
  const differing = Object.entries(global).filter(
    ([name, value]) =>
      always.has(name) || JSON.stringify(value) !== JSON.stringify(defaults[name as keyof typeof defaults]),
  )
  return stringify({
    global: shown(Object.fromEntries(differing)),
    ...(alerting.alertmanagers.length > 0 && { alerting }),
    ...(rule_files.length > 0 && { rule_files }),
    ...(writtenJobs.length > 0 && { scrape_configs: writtenJobs.map((job) => shownSettings(global, job)) }),
  })
}

/** One job of it. */
export const shownJob = ({ global, writtenJobs }: MetricsConfig, name: string): string =>
  stringify(writtenJobs.filter(({ job_name }) => job_name === name).map((job) => shownSettings(global, job))[0])

function shownSettings(global: MetricsConfig["global"], job: MetricsConfig["writtenJobs"][number]): object {
  const { basic_auth, authorization } = job
  return shown({
    ...job,
    ...timingOf(job, global),
    ...(basic_auth && { basic_auth: { ...basic_auth, password: secret } }),
    ...(authorization && { authorization: { ...authorization, credentials: secret } }),
    http_sd_configs: job.http_sd_configs.map(shown),
    relabel_configs: job.relabel_configs.map(shownRule),
    metric_relabel_configs: job.metric_relabel_configs.map(shownRule),
  })
}

const shown = (settings: object): object =>
  Object.fromEntries(
    Object.entries(settings as Record<string, unknown>).map(([name, value]) => [
      name,
      durations.has(name) && typeof value === "number" ? formatDuration(value) : value,
    ]),
  )

/** Without what was made of it. */
export const shownRule = (rule: RelabelRule): object =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => typeof value !== "function"))
