import { LineCounter, parseDocument } from "yaml"
import { z } from "zod"
import { globalConfig, jobConfig, staticConfigs, withGlobal, type ScrapeConfig } from "./scrape-config.ts"

export type { ScrapeConfig } from "./scrape-config.ts"

/** Where alerts would be sent; they are listed, and nothing is sent. */
const alertmanager = z.strictObject({
  scheme: z.enum(["http", "https"]).default("http"),
  path_prefix: z.string().default("/"),
  static_configs: staticConfigs,
})

const config = z.strictObject({
  global: globalConfig.prefault({}),
  /** Paths, with `*` in their last part. */
  rule_files: z.array(z.string()).default([]),
  alerting: z.strictObject({ alertmanagers: z.array(alertmanager).default([]) }).prefault({}),
  scrape_configs: z
    .array(jobConfig)
    .default([])
    .refine((jobs) => new Set(jobs.map(({ job_name }) => job_name)).size === jobs.length, {
      message: "found multiple scrape configs with the same job name",
    }),
})

type Parsed = z.output<typeof config>
export type MetricsConfig = Omit<Parsed, "scrape_configs"> & {
  readonly scrape_configs: readonly ScrapeConfig[]
  /** As they were written, without what they leave to `global`. */
  readonly writtenJobs: Parsed["scrape_configs"]
}

/** The part of a Prometheus configuration that is understood; anything else is an error that names the field. */
export function parseConfig(text: string): MetricsConfig {
  const result = config.safeParse(readYaml(text) ?? {})
  if (result.success) {
    const { scrape_configs: writtenJobs, ...rest } = result.data
    return { ...rest, writtenJobs, scrape_configs: writtenJobs.map((job) => withGlobal(job, rest.global)) }
  }
  const [issue] = result.error.issues
  throw new Error(`Prometheus configuration: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`)
}

/** Mistakes are told by their place only: the line may hold a password. */
function readYaml(text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken === undefined) return document.toJS()
  const { line, col } = lines.linePos(broken.pos[0])
  throw new Error(`Prometheus configuration: ${line}:${col}: ${broken.message}`)
}
