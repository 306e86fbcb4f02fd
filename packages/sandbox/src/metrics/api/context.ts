import type { MemoryStorage, Storage, Engine } from "@serin/promql"
import type { MetricsConfig } from "../config.ts"
import type { ExemplarStore } from "../exemplar-store.ts"
import type { RuleRunner } from "../rules/index.ts"
import type { Scraper } from "../scraper.ts"

/** What Prometheus' HTTP API answers from. Times in Unix milliseconds, durations in milliseconds. */
export interface ApiContext {
  /** An engine over a storage, which looks back as far as it says. */
  readonly engineOf: (storage: Storage, lookback?: number) => Engine
  readonly storage: MemoryStorage
  readonly exemplars: ExemplarStore
  readonly scraper: Scraper
  readonly rules: Pick<RuleRunner, "groups">
  readonly config: MetricsConfig
  readonly started: number
  readonly retention: number
  readonly now: () => number
}

/** Data that is answered with something told beside it. */
export class Annotated {
  constructor(
    readonly data: unknown,
    readonly warnings: readonly string[],
    readonly infos: readonly string[] = [],
  ) {}
}

/** Answers the `data` of a successful response, `Annotated` if there is more to tell. Throws ApiError, PromqlError. */
export type Handler = (context: ApiContext, parameters: URLSearchParams) => unknown
