import type { ContractTarget } from "../harness/contract.ts"
import type { Exporter } from "./exporter.ts"

/** Which of a target's servers: one that holds the data set and scrapes nothing, or one that scrapes the exporter. */
export type Door = "data" | "scrapes"

/** A Prometheus twice, each new: with the samples of `dataset.ts`, and with the jobs of `jobs.ts`. */
export interface Target extends ContractTarget {
  readonly urls: Readonly<Record<Door, string>>
  /** What the jobs of `scrapes` scrape. */
  readonly exporter: Exporter
  /** The file of the rules that `scrapes` evaluates. */
  readonly rulesFile: string
}
