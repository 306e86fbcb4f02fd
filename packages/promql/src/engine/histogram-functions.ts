import { openMetricsNumber } from "../format.ts"
import { classicFraction, classicQuantile } from "../histogram/classic-quantile.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import { fraction } from "../histogram/fraction.ts"
import { quantile } from "../histogram/quantile.ts"
import { variance } from "../histogram/variance.ts"
import type { Call } from "../parser/ast.ts"
import { placeOf } from "./annotations.ts"
import type { CallContext, InstantFunction } from "./call-context.ts"
import { has, histogram, put, scalarOf, timeAt, vectorOf, type Column, type Value } from "./grid.ts"
import { HistogramVector } from "./histogram-vector.ts"
import { unnamedColumn } from "./names.ts"
import { Telling } from "./told.ts"

const vector = (columns: Column[]): Value => ({ kind: "vector", columns })

/** Functions of native histograms alone: floats are passed over. */
const ofNative =
  (compute: (histogram: FloatHistogram) => number): InstantFunction =>
  (_call, [of], context) => {
    const columns = vectorOf(of).map((column) => {
      const result = unnamedColumn(column, context)
      column.histograms?.forEach((one, step) => {
        if (one !== undefined && column.present[step] === histogram) put(result, step, compute(one))
      })
      return result
    })
    return vector(columns.filter(has))
  }

const toldOf = (call: Call, arg: number, context: CallContext): Telling =>
  new Telling(context.annotations, placeOf(call.args[arg] ?? call))

/** `histogram_quantile` over a vector that was taken apart already. */
function quantiles(
  phi: Float64Array,
  of: HistogramVector,
  context: CallContext,
  toldOfPhi: Telling,
  told: Telling,
): Column[] {
  for (const one of phi) if (!(one >= 0 && one <= 1)) toldOfPhi.invalidQuantile(one)
  return of.estimate({
    native: (one, step, metric) => {
      const { value, nan } = quantile(phi[step] ?? Number.NaN, one)
      if (nan !== undefined) told.nanQuantile(metric, nan)
      return value
    },
    classic: (buckets, step, metric) => {
      const { value, falls } = classicQuantile(phi[step] ?? Number.NaN, buckets)
      if (falls !== undefined) told.forcedMonotonicity(metric, falls, timeAt(context.grid, step))
      return value
    },
  })
}

const histogramQuantile: InstantFunction = (call, [phi, of], context) => {
  const told = toldOf(call, 1, context)
  const histograms = new HistogramVector(vectorOf(of), context, told)
  return vector(quantiles(scalarOf(phi, context.grid), histograms, context, toldOf(call, 0, context), told))
}

/** `histogram_quantiles(v, "quantile", 0.5, 0.9)`: the quantile as a label. */
const histogramQuantiles: InstantFunction = (call, [of, label, ...phis], context) => {
  const name = label?.kind === "string" ? label.value : ""
  const told = toldOf(call, 0, context)
  const histograms = new HistogramVector(vectorOf(of), context, told)
  const columns = phis.flatMap((value, index) => {
    const phi = scalarOf(value, context.grid)
    const found = quantiles(phi, histograms, context, toldOf(call, index + 2, context), told)
    return found.flatMap((column) => byLabel(column, name, phi))
  })
  return vector(columns)
}

/** A quantile that varies by step makes a series of each of its values. */
function byLabel(column: Column, name: string, phi: Float64Array): Column[] {
  return [...new Set(phi)].map((one) => ({
    ...column,
    labels: column.labels.with(name, openMetricsNumber(one)),
    present: column.present.map((kind, step) => (Object.is(phi[step], one) ? kind : 0)),
  }))
}

const histogramFraction: InstantFunction = (call, [lower, upper, of], context) => {
  const [from, to] = [scalarOf(lower, context.grid), scalarOf(upper, context.grid)]
  const told = toldOf(call, 2, context)
  const columns = new HistogramVector(vectorOf(of), context, told).estimate({
    native: (one, step, metric) => {
      const { value, nans } = fraction(from[step] ?? Number.NaN, to[step] ?? Number.NaN, one)
      if (nans) told.nanFraction(metric)
      return value
    },
    classic: (buckets, step) => classicFraction(from[step] ?? Number.NaN, to[step] ?? Number.NaN, buckets),
  })
  return vector(columns)
}

/** By name: functions of histograms, without a range among their arguments. */
export const histogramFunctions: readonly (readonly [string, InstantFunction])[] = [
  ["histogram_quantile", histogramQuantile],
  ["histogram_quantiles", histogramQuantiles],
  ["histogram_fraction", histogramFraction],
  ["histogram_count", ofNative(({ count }) => count)],
  ["histogram_sum", ofNative(({ sum }) => sum)],
  ["histogram_avg", ofNative(({ sum, count }) => sum / count)],
  ["histogram_stdvar", ofNative(variance)],
  ["histogram_stddev", ofNative((one) => Math.sqrt(variance(one)))],
]
