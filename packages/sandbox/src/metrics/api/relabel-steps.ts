import { Labels } from "@serin/promql"
import { z } from "zod"
import type { ScrapeConfig } from "../config.ts"
import { shownJob, shownRule } from "../config-text.ts"
import { relabel } from "../relabel.ts"
import { badData } from "./api-error.ts"
import type { ApiContext, Handler } from "./context.ts"

const labelSet = z.record(z.string(), z.string())

/** What each relabelling rule of a job makes of a target's labels. */
export const relabelSteps: Handler = (context, parameters) => {
  const pool = poolOf(parameters)
  const text = parameters.get("labels") ?? ""
  if (text === "") throw badData("no labels parameter provided")
  let labels: Labels | undefined = Labels.from(parsed(text))
  return {
    steps: jobOf(context, pool).relabel_configs.map((rule) => {
      labels = labels === undefined ? undefined : relabel(labels, [rule])
      return { rule: shownRule(rule), output: labels?.toRecord() ?? {}, keep: labels !== undefined }
    }),
  }
}

export const scrapePoolConfig: Handler = (context, parameters) => {
  const pool = poolOf(parameters)
  jobOf(context, pool)
  return { yaml: shownJob(context.config, pool) }
}

function poolOf(parameters: URLSearchParams): string {
  const pool = parameters.get("scrapePool") ?? ""
  if (pool === "") throw badData("no scrapePool parameter provided")
  return pool
}

function jobOf({ config }: ApiContext, pool: string): ScrapeConfig {
  const job = config.scrape_configs.find(({ job_name }) => job_name === pool)
  if (job === undefined) throw badData(`error retrieving scrape config: unknown scrape pool: ${JSON.stringify(pool)}`)
  return job
}

function parsed(text: string): Record<string, string> {
  try {
    return labelSet.parse(JSON.parse(text))
  } catch (error) {
    throw badData(`error parsing labels: ${error instanceof Error ? error.message : String(error)}`)
  }
}
