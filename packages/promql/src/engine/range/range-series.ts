import type { FloatHistogram } from "../../histogram/float-histogram.ts"
import type { Labels } from "../../labels.ts"
import type { Samples } from "../../storage/storage.ts"
import { lookedAt, onGrid, type Evaluation } from "../evaluation.ts"
import { absent, histogram, timeAt, vectorOf, type Column, type Grid } from "../grid.ts"
import type { RangePlan, SubqueryPlan } from "../plan.ts"
import { withoutStale } from "../selected.ts"
import { statisticsOf } from "../statistics.ts"
import type { Ranges } from "./windows.ts"

/** A series behind a range, with its samples for all steps; none is a stale marker. */
export interface RangeSeries {
  readonly labels: Labels
  readonly nameless: boolean
  readonly read: () => Samples
}

/** Where the ranges of a selector or subquery lie. */
export function rangesOf(evaluation: Evaluation, plan: RangePlan | SubqueryPlan): Ranges {
  const { grid, lookback } = evaluation
  const selector = plan.kind === "range" ? plan.selector : plan
  const extended = plan.kind === "range" ? plan.selector.expr.extended : undefined
  const [to] = lookedAt(evaluation, selector)
  return {
    count: grid.count,
    step: selector.at === undefined ? grid.step : 0,
    from: to - plan.range,
    to,
    before: extended === undefined ? 0 : lookback,
    behind: extended === "smoothed" ? lookback : 0,
    now: grid.start,
    nowStep: grid.step,
    goOn: () => evaluation.spend(0),
  }
}

/** The series behind a range selector or subquery, with enough samples for all steps of the grid. */
export function rangeSeries(evaluation: Evaluation, plan: RangePlan | SubqueryPlan): readonly RangeSeries[] {
  if (plan.kind === "subquery") return ofSubquery(subqueryColumns(evaluation, plan))
  const { from, before, behind } = rangesOf(evaluation, plan)
  const [, to] = lookedAt(evaluation, plan.selector)
  const { selections, selectedAgain } = evaluation
  return selections
    .select(plan.selector.matchers, from - before, to + behind, selectedAgain(plan.selector))
    .map((series) => {
      const read = (): Samples => withoutStale(series.read())
      const { statistics } = plan.selector
      return { labels: series.labels, nameless: false, read: statistics ? () => statisticsOf(read()) : read }
    })
}

/** A subquery's columns, at the multiples of its step that the ranges of all steps need. */
export function subqueryColumns(
  evaluation: Evaluation,
  plan: SubqueryPlan,
): { readonly grid: Grid; readonly columns: readonly Column[] } {
  const [start, end] = lookedAt(evaluation, plan)
  const { step } = plan
  const first = (Math.floor((start - plan.range) / step) + 1) * step
  const grid: Grid = { start: first, step, count: Math.max(0, Math.floor((end - first) / step) + 1) }
  if (grid.count === 0) return { grid, columns: [] }
  evaluation.spend(grid.count)
  return { grid, columns: vectorOf(evaluation.evaluate(onGrid(evaluation, grid), plan.of)) }
}

const ofSubquery = ({ grid, columns }: ReturnType<typeof subqueryColumns>): RangeSeries[] =>
  columns.map((column) => ({
    labels: column.labels,
    nameless: column.nameless ?? false,
    read: () => samplesOf(column, grid),
  }))

/** The samples that a column has. */
export function samplesOf({ values, present, histograms }: Column, grid: Grid): Samples {
  let length = 0
  for (let step = 0; step < present.length; step += 1) if (present[step] !== absent) length += 1
  const samples = { times: new Float64Array(length), values: new Float64Array(length) }
  const found: (FloatHistogram | undefined)[] | undefined = histograms && []
  let next = 0
  for (let step = 0; step < present.length; step += 1) {
    if (present[step] === absent) continue
    samples.times[next] = timeAt(grid, step)
    const one = present[step] === histogram ? histograms?.[step] : undefined
    samples.values[next] = one?.sum ?? values[step] ?? 0
    if (found !== undefined) found[next] = one && withoutResetHint(one)
    next += 1
  }
  return found === undefined ? samples : { ...samples, histograms: found }
}

/** A subquery leaves samples out, and shows one twice: what one knows of a reset before it does not hold among these. */
const withoutResetHint = <T extends { readonly resetHint: string }>(one: T): T =>
  one.resetHint === "reset" || one.resetHint === "not_reset" ? { ...one, resetHint: "unknown" } : one
