import type { Engine, MemoryStorage } from "@serin/promql"
import type { MetricsConfig } from "../config.ts"
import type { RuleRunner } from "../rules/index.ts"
import type { Scraper } from "../scraper.ts"

/** What Prometheus' HTTP API answers from. Times in Unix milliseconds, durations in milliseconds. */
export interface ApiContext {
  readonly engine: Engine
  readonly storage: MemoryStorage
  readonly scraper: Scraper
  readonly rules: Pick<RuleRunner, "groups">
  readonly config: MetricsConfig
  readonly started: number
  readonly retention: number
  readonly now: () => number
}

/** Answers the `data` of a successful response. Throws ApiError, PromqlError. */
export type Handler = (context: ApiContext, parameters: URLSearchParams) => unknown
