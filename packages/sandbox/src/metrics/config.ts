import { parse } from "yaml"
import { z } from "zod"
import { duration } from "./duration.ts"
import { relabelRule } from "./relabel.ts"

const staticConfigs = z
  .array(z.strictObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }))
  .default([])

const scrapeConfig = z.strictObject({
  job_name: z.string(),
  scrape_interval: duration.optional(),
  scrape_timeout: duration.optional(),
  metrics_path: z.string().default("/metrics"),
  params: z.record(z.string(), z.array(z.string())).default({}),
  honor_labels: z.boolean().default(false),
  honor_timestamps: z.boolean().default(true),
  /** More samples than this, after relabelling, fail the scrape; 0: as many as there are. */
  sample_limit: z.number().int().nonnegative().default(0),
  follow_redirects: z.boolean().default(true),
  basic_auth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  authorization: z.strictObject({ type: z.string().default("Bearer"), credentials: z.string() }).optional(),
  http_sd_configs: z
    .array(z.strictObject({ url: z.url({ protocol: /^http$/ }), refresh_interval: duration.default(60_000) }))
    .default([]),
  static_configs: staticConfigs,
  kubernetes_sd_configs: z
    .array(
      z.strictObject({ role: z.literal("pod"), namespaces: z.strictObject({ names: z.array(z.string()) }).optional() }),
    )
    .default([]),
  relabel_configs: z.array(relabelRule).default([]),
  metric_relabel_configs: z.array(relabelRule).default([]),
})

/** Where alerts would be sent; they are listed, and nothing is sent. */
const alertmanager = z.strictObject({
  scheme: z.enum(["http", "https"]).default("http"),
  path_prefix: z.string().default("/"),
  static_configs: staticConfigs,
})

const config = z.strictObject({
  global: z
    .strictObject({
      scrape_interval: duration.default(60_000),
      scrape_timeout: duration.default(10_000),
      evaluation_interval: duration.default(60_000),
      /** How far back from now rules ask and write. */
      rule_query_offset: duration.default(0),
      external_labels: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  /** Paths, with `*` in their last part. */
  rule_files: z.array(z.string()).default([]),
  alerting: z.strictObject({ alertmanagers: z.array(alertmanager).default([]) }).prefault({}),
  scrape_configs: z.array(scrapeConfig).default([]),
})

export type ScrapeConfig = z.output<typeof scrapeConfig>
export type MetricsConfig = z.output<typeof config>

/** The part of a Prometheus configuration that is understood; anything else is an error that names the field. */
export function parseConfig(text: string): MetricsConfig {
  const result = config.safeParse(parse(text))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Error(`Prometheus configuration: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`)
}
