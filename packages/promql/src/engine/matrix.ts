import { PromqlError } from "./query-error.ts"
import type { Evaluation } from "./evaluation.ts"
import { absent, histogram, timeAt, type Column, type Grid } from "./grid.ts"
import { withoutNames } from "./names.ts"
import type { RangePlan, SubqueryPlan } from "./plan.ts"
import { rangeSeries, rangesOf, subqueryColumns } from "./range/range-series.ts"
import { withBorders } from "./range/with-borders.ts"
import type { Samples } from "../storage/storage.ts"
import type { QuerySeries, Sample } from "./result.ts"

/** A query that is a range itself: the samples in it. */
export function matrixOf(evaluation: Evaluation, plan: RangePlan | SubqueryPlan): QuerySeries[] {
  if (plan.kind === "subquery") {
    const { grid, columns } = subqueryColumns(evaluation, plan)
    return withoutNames([...columns]).flatMap((column) => {
      const samples = samplesAt(column, grid)
      return samples.length === 0 ? [] : [{ labels: column.labels, samples }]
    })
  }
  const ranges = rangesOf(evaluation, plan)
  const { extended } = plan.selector.expr
  return rangeSeries(evaluation, plan).flatMap(({ labels, read }) => {
    const samples = read()
    if (extended !== undefined && samples.histograms?.some((one) => one !== undefined))
      throw new PromqlError("execution", `${extended} modifier is not supported with histograms`)
    const inside = extended === undefined ? samples : withBorders(samples, ranges, extended === "smoothed")
    return inside.times.length === 0 ? [] : [{ labels, samples: listed(inside) }]
  })
}

function listed({ times, values, histograms }: Samples): Sample[] {
  return Array.from(times, (time, index) => [time, histograms?.[index] ?? values[index] ?? Number.NaN] as const)
}

/** What a column has, step by step. */
export function samplesAt({ values, present, histograms }: Column, grid: Grid): Sample[] {
  const samples: Sample[] = []
  for (let step = 0; step < present.length; step += 1) {
    if (present[step] === absent) continue
    const one = present[step] === histogram ? histograms?.[step] : undefined
    samples.push([timeAt(grid, step), one ?? values[step] ?? Number.NaN])
  }
  return samples
}
