import { isStale } from "../storage/stale.ts"
import type { Samples } from "../storage/storage.ts"
import { lookedAt, type Evaluation, type Sink } from "./evaluation.ts"
import { absent, emptyColumn, float, has, putHistogram, type Column } from "./grid.ts"
import type { SelectorPlan } from "./plan.ts"
import { smoothed } from "./smoothed-selector.ts"
import { statisticsOf } from "./statistics.ts"
import { Telling } from "./told.ts"

/** What an instant selector finds, and how it is handed on. */
interface Wanted {
  /** The time of the sample in milliseconds, rather than its value. */
  readonly of: "value" | "time"
  /** The sink is given the same column again and again. */
  readonly reuse?: boolean
  /** On the line between samples; what is told is of the selector that says so. */
  readonly smoothed?: Telling
  /** Of histograms no more than count and sum. */
  readonly statistics?: boolean
}

/** The values of a selector in a query. */
export const selectValues = (evaluation: Evaluation, plan: SelectorPlan, reuse: boolean, sink: Sink): void => {
  const wanted = { of: "value", reuse, statistics: plan.statistics } as const
  selectInstant(
    evaluation,
    plan,
    plan.expr.extended === "smoothed"
      ? { ...wanted, smoothed: new Telling(evaluation.annotations, plan.expr) }
      : wanted,
    sink,
  )
}

/** The latest sample within the look-back before each step; none after a stale marker. Windows are left-open (Prometheus 3). */
export function selectInstant(
  evaluation: Evaluation,
  plan: Pick<SelectorPlan, "matchers" | "at" | "offset">,
  { of, reuse = false, smoothed: smooth, statistics = false }: Wanted,
  sink: Sink,
): void {
  const { grid, lookback } = evaluation
  const [first, last] = lookedAt(evaluation, plan)
  const found = evaluation.selections.select(
    plan.matchers,
    first - lookback,
    smooth === undefined ? last : last + lookback,
    evaluation.selectedAgain(plan),
  )
  const step = plan.at === undefined ? grid.step : 0
  let scratch: Column | undefined
  for (const series of found) {
    const samples = statistics ? statisticsOf(series.read()) : series.read()
    if (scratch === undefined || !reuse) {
      evaluation.spend(grid.count)
      scratch = emptyColumn(series.labels, grid.count)
    } else {
      scratch = { labels: series.labels, values: scratch.values, present: scratch.present }
      scratch.present.fill(absent)
    }
    if (smooth !== undefined) smoothed(samples, first, step, lookback, scratch, series.labels.get("__name__"), smooth)
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
