import { Labels, type Sample } from "@serin/promql"
import type { RecordingRule } from "./rule.ts"

/** A series of a rule's query, or of its result, with its value at that time. */
export interface RuleSample {
  readonly labels: Labels
  readonly value: Sample[1]
}

/** What a recording rule makes of its query's series. Throws Error with what Prometheus says of it. */
export function recorded(rule: RecordingRule, found: readonly RuleSample[], limit: number): RuleSample[] {
  const result = found.map(({ labels, value }) => ({
    labels: labelled(labels, { ...rule.labels, __name__: rule.name }),
    value,
  }))
  if (new Set(result.map(({ labels }) => labels.key)).size < result.length)
    throw new Error("vector contains metrics with the same labelset after applying rule labels")
  if (limit > 0 && result.length > limit)
    throw new Error(`exceeded limit of ${String(limit)} with ${String(result.length)} series`)
  return result
}

/** With these set, those with an empty value taken away. */
export const labelled = (labels: Labels, set: Readonly<Record<string, string>>): Labels =>
  Labels.from({ ...labels.toRecord(), ...set })
