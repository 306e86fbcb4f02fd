import type { Template } from "../template/index.ts"

interface Common {
  readonly name: string
  /** As written, for the engine. */
  readonly expr: string
  /** As Prometheus prints it. */
  readonly query: string
  /** Those of the group too. */
  readonly labels: Readonly<Record<string, string>>
}

/** Keeps what its query says as a metric of its own. */
export interface RecordingRule extends Common {
  readonly kind: "recording"
}

/** Each series of its query is an alert. */
export interface AlertingRule extends Common {
  readonly kind: "alerting"
  /** How long an alert is pending before it fires (`for`). Milliseconds. */
  readonly holdFor: number
  /** How long it goes on firing once its series is gone. Milliseconds. */
  readonly keepFiringFor: number
  readonly annotations: Readonly<Record<string, string>>
  /** Of labels and annotations, by their text. */
  readonly templates: ReadonlyMap<string, Template>
}

export type Rule = RecordingRule | AlertingRule

/** Rules that are evaluated one after the other, each seeing what those before it wrote. */
export interface RuleGroup {
  readonly file: string
  readonly name: string
  /** Milliseconds. */
  readonly interval: number
  /** How far back from now it asks and writes. Milliseconds. */
  readonly queryOffset: number
  /** More alerts or series than this of one rule are an error; 0: as many as there are. */
  readonly limit: number
  readonly rules: readonly Rule[]
}
