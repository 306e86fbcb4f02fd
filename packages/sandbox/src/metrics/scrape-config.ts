import { z } from "zod"
import { kubernetesDiscovery } from "./discovery/kubernetes-config.ts"
import { duration, interval } from "./duration.ts"
import { relabelRule } from "./relabel.ts"

const count = z.number().int().nonnegative()

/** `10MB`, in which a kilobyte is 1024 bytes; 0: as much as there is. */
const size = z.union([z.string(), z.number()]).transform((text, context) => {
  const [, number, unit] = /^(\d+)\s*(?:([KMGTPE]?)i?B)?$/.exec(String(text)) ?? []
  if (number === undefined) {
    context.addIssue({ code: "custom", message: `not a size: ${JSON.stringify(text)}` })
    return 0
  }
  return Number(number) * 1024 ** (unit === undefined || unit === "" ? 0 : "KMGTPE".indexOf(unit) + 1)
})

/** By the names that `scrape_protocols` has for them, what is asked for in `Accept`. */
export const protocols = {
  PrometheusProto: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
} as const

const protocol = z.enum([
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
])

type Protocol = z.output<typeof protocol>

const textProtocols: readonly [Protocol, ...Protocol[]] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
]

/** What jobs have, and what `global` says of all jobs that do not. */
const shared = {
  scrape_protocols: z.array(protocol).nonempty(),
  body_size_limit: size,
  sample_limit: count,
  target_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  keep_dropped_targets: count,
  metric_name_validation_scheme: z.enum(["utf8", "legacy"]),
  metric_name_escaping_scheme: z.enum(["allow-utf-8", "underscores", "dots", "values"]),
  convert_classic_histograms_to_nhcb: z.boolean(),
  always_scrape_classic_histograms: z.boolean(),
  scrape_native_histograms: z.boolean(),
  extra_scrape_metrics: z.boolean(),
}

export const staticConfigs = z
  .array(z.strictObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }))
  .default([])

const orMinute = interval.optional().transform((value) => value ?? 60_000)

const globalSettings = z.strictObject({
  scrape_interval: orMinute,
  scrape_timeout: interval.optional(),
  evaluation_interval: orMinute,
  /** How far back from now rules ask and write. */
  rule_query_offset: duration.default(0),
  external_labels: z.record(z.string(), z.string()).default({}),
  ...shared,
  scrape_protocols: shared.scrape_protocols.optional(),
  body_size_limit: size.default(0),
  sample_limit: count.default(0),
  target_limit: count.default(0),
  label_limit: count.default(0),
  label_name_length_limit: count.default(0),
  label_value_length_limit: count.default(0),
  keep_dropped_targets: count.default(0),
  metric_name_validation_scheme: shared.metric_name_validation_scheme.default("utf8"),
  metric_name_escaping_scheme: shared.metric_name_escaping_scheme.optional(),
  convert_classic_histograms_to_nhcb: z.boolean().default(false),
  always_scrape_classic_histograms: z.boolean().default(false),
  scrape_native_histograms: z.boolean().default(false),
  extra_scrape_metrics: z.boolean().default(false),
})

export const globalConfig = globalSettings
  .transform(({ scrape_interval, scrape_timeout, ...others }) => ({
    scrape_interval,
    scrape_timeout: scrape_timeout ?? Math.min(10_000, scrape_interval),
    ...others,
  }))
  .refine(({ scrape_timeout, scrape_interval }) => scrape_timeout <= scrape_interval, {
    message: "global scrape timeout greater than scrape interval",
  })

/** Its address is shown and logged, so that no login may be in it. */
const listUrl = z
  .url({ protocol: /^http$/ })
  .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), "must hold no user or password")

export const jobConfig = z.strictObject({
  job_name: z.string().min(1, "job_name is empty"),
  scrape_interval: interval.optional(),
  scrape_timeout: interval.optional(),
  metrics_path: z.string().default("/metrics"),
  scheme: z.literal("http").default("http"),
  params: z.record(z.string(), z.array(z.string())).default({}),
  honor_labels: z.boolean().default(false),
  honor_timestamps: z.boolean().default(true),
  track_timestamps_staleness: z.boolean().default(false),
  /** What an answer is taken for that does not say what it is. */
  fallback_scrape_protocol: protocol.optional(),
  enable_compression: z.boolean().default(true),
  follow_redirects: z.boolean().default(true),
  basic_auth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  authorization: z.strictObject({ type: z.string().default("Bearer"), credentials: z.string() }).optional(),
  http_sd_configs: z.array(z.strictObject({ url: listUrl, refresh_interval: orMinute })).default([]),
  static_configs: staticConfigs,
  kubernetes_sd_configs: z.array(kubernetesDiscovery).default([]),
  relabel_configs: z.array(relabelRule).default([]),
  metric_relabel_configs: z.array(relabelRule).default([]),
  ...(Object.fromEntries(Object.entries(shared).map(([name, type]) => [name, type.optional()])) as {
    [Name in keyof typeof shared]: z.ZodOptional<(typeof shared)[Name]>
  }),
})

type GlobalConfig = z.output<typeof globalConfig>
type Inherited = { readonly [Name in keyof typeof shared]: NonNullable<GlobalConfig[Name]> }
type WrittenJob = z.output<typeof jobConfig>
/** Milliseconds. */
interface Timing {
  readonly scrape_interval: number
  readonly scrape_timeout: number
}
export type ScrapeConfig = Omit<WrittenJob, keyof typeof shared | keyof Timing> & Inherited & Timing

/** How often a job's targets are asked, and how long they may take. */
export function timingOf(job: WrittenJob, global: GlobalConfig): Timing {
  const scrape_interval = job.scrape_interval ?? global.scrape_interval
  return { scrape_interval, scrape_timeout: job.scrape_timeout ?? Math.min(global.scrape_timeout, scrape_interval) }
}

/** A job with what it leaves to `global`. Throws Error when it may take longer than until it is asked again. */
export function withGlobal(job: WrittenJob, global: GlobalConfig): ScrapeConfig {
  const timing = timingOf(job, global)
  if (timing.scrape_timeout > timing.scrape_interval)
    throw new Error(
      `Prometheus configuration: scrape timeout greater than scrape interval for scrape config with job name ${JSON.stringify(job.job_name)}`,
    )
  const inherited = Object.fromEntries(
    Object.keys(shared).map((name) => [name, job[name as keyof typeof shared] ?? global[name as keyof typeof shared]]),
  )
  const scheme = job.metric_name_validation_scheme ?? global.metric_name_validation_scheme
  // Only protobuf has native histograms.
  const native = job.scrape_native_histograms ?? global.scrape_native_histograms
  return {
    ...job,
    ...timing,
    ...(inherited as unknown as Inherited),
    scrape_protocols:
      job.scrape_protocols ??
      global.scrape_protocols ??
      (native ? ["PrometheusProto", ...textProtocols] : [...textProtocols]),
    metric_name_escaping_scheme:
      job.metric_name_escaping_scheme ??
      global.metric_name_escaping_scheme ??
      (scheme === "legacy" ? "underscores" : "allow-utf-8"),
  }
}
