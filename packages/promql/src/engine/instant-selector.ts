import { isStale } from "../storage/stale.ts"
import type { Samples } from "../storage/storage.ts"
import { lookedAt, type Evaluation, type Sink } from "./evaluation.ts"
import { absent, emptyColumn, float, has, putHistogram, type Column } from "./grid.ts"
import type { SelectorPlan } from "./plan.ts"
import { smoothed } from "./smoothed-selector.ts"

/**
 * The latest sample within the look-back before each step; none after a stale marker. Windows are left-open (Prometheus 3).
 * `time`: its time in milliseconds rather than its value. With `reuse`, the sink is given the same column again and again.
 */
export function selectInstant(
  evaluation: Evaluation,
  plan: SelectorPlan,
  of: "value" | "time",
  reuse: boolean,
  sink: Sink,
): void {
  const { grid, lookback } = evaluation
  const [first, last] = lookedAt(evaluation, plan)
  const smooth = plan.expr.extended === "smoothed" && of === "value"
  const found = evaluation.selections.select(
    plan.matchers,
    first - lookback,
    smooth ? last + lookback : last,
    evaluation.selectedAgain(plan),
  )
  const step = plan.at === undefined ? grid.step : 0
  let scratch: Column | undefined
  for (const series of found) {
    const samples = series.read()
    if (scratch === undefined || !reuse) scratch = emptyColumn(series.labels, grid.count)
    else {
      scratch = { labels: series.labels, values: scratch.values, present: scratch.present }
      scratch.present.fill(absent)
    }
    if (smooth) smoothed(samples, first, step, lookback, scratch, series.labels.get("__name__"), evaluation, plan.expr)
    else latest(samples, first, step, lookback, of, scratch)
    if (has(scratch)) sink(scratch)
  }
}

function latest(
  samples: Samples,
  start: number,
  step: number,
  lookback: number,
  of: "value" | "time",
  column: Column,
): void {
  const { times, values, histograms } = samples
  const count = column.values.length
  let next = 0
  for (let index = 0; index < count; index += 1) {
    const time = start + index * step
    while (next < times.length && (times[next] ?? 0) <= time) next += 1
    const last = next - 1
    if (last < 0 || (times[last] ?? 0) <= time - lookback) continue
    const value = values[last] ?? 0
    if (value !== value && isStale(values, last)) continue
    const found = histograms?.[last]
    if (of === "time" || found === undefined) {
      column.values[index] = of === "time" ? (times[last] ?? 0) : value
      column.present[index] = float
    } else putHistogram(column, index, found)
  }
}
