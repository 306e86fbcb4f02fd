import type { FloatHistogram } from "../../histogram/float-histogram.ts"
import type { Labels } from "../../labels.ts"
import type { Call } from "../../parser/ast.ts"
import type { Samples } from "../../storage/storage.ts"
import { placeOf, type Annotations, type Place } from "../annotations.ts"
import type { Evaluation, Sink } from "../evaluation.ts"
import { absent, emptyColumn, float, has, put, putHistogram, type Column } from "../grid.ts"
import { histogramRangeFunctions } from "../histogram-range-functions.ts"
import { unnamed } from "../names.ts"
import type { CallPlan, RangePlan, SubqueryPlan } from "../plan.ts"
import { PromqlError } from "../query-error.ts"
import { pick } from "../selected.ts"
import { Telling } from "../told.ts"
import type { RangeCall } from "../window.ts"
import { extendedKernels, kernels, kernelsOfFloats, kernelsOfPlaces } from "./kernels.ts"
import { rangeSeries, rangesOf, type RangeSeries } from "./range-series.ts"
import { emptyWindows, findWindows, type Kernel, type Ranges, type Windows } from "./windows.ts"

/** They act like an offset: what they give is still the metric. */
const keepsName = new Set(["last_over_time", "first_over_time"])
const counterSuffix = /_(?:total|sum|count|bucket)$/

/**
 * A function of ranges at all steps, series by series. With `reuse`, the sink is given the same column again and again.
 * Columns of equal labels are not merged yet.
 */
export function callOverRange(
  evaluation: Evaluation,
  plan: CallPlan,
  range: RangePlan | SubqueryPlan,
  parameters: readonly Float64Array[],
  reuse: boolean,
  sink: Sink,
): void {
  const series = rangeSeries(evaluation, range)
  const ranges = rangesOf(evaluation, range)
  const call: RangeCall = {
    name: plan.expr.name,
    range: range.range,
    extended: range.kind === "range" ? range.selector.expr.extended : undefined,
    lookback: evaluation.lookback,
    told: new Telling(evaluation.annotations, placeOfWindows(plan.expr, range)),
  }
  const compute = new RangeFunction(call, ranges, parameters)
  const { count } = evaluation.grid
  let scratch: Column | undefined
  for (const one of series) {
    if (!reuse) evaluation.spend(count)
    const column = {
      ...emptyOrReused(reuse ? scratch : undefined, one.labels, count),
      ...nameOf(one, call, evaluation),
    }
    scratch = column
    compute.run(one, column)
    tellOfParameters(plan.expr, parameters, column, evaluation.annotations)
    if (has(column)) sink(column)
  }
}

/** The first argument, but for a subquery the beginning of the whole query: that is where Prometheus points to. */
function placeOfWindows({ name, args: [first] }: Call, range: RangePlan | SubqueryPlan): Place {
  if (name === "quantile_over_time" && first !== undefined) return placeOf(first)
  return range.kind === "subquery" ? { start: 0 } : range.expr
}

function emptyOrReused(scratch: Column | undefined, labels: Labels, count: number): Column {
  if (scratch === undefined) return emptyColumn(labels, count)
  scratch.present.fill(absent)
  return { labels, values: scratch.values, present: scratch.present }
}

function nameOf(series: RangeSeries, { name }: RangeCall, evaluation: Evaluation): Pick<Column, "labels" | "nameless"> {
  if (keepsName.has(name) && !series.nameless) return { labels: series.labels, nameless: false }
  return unnamed(series, evaluation)
}

/** Parameters that mean nothing, at the steps where there was something to apply them to. */
function tellOfParameters(
  { name, args }: Call,
  parameters: readonly Float64Array[],
  { present }: Column,
  annotations: Annotations,
): void {
  const [parameter] = parameters
  const place = name === "quantile_over_time" ? args[0] : name === "integral" ? args[1] : undefined
  if (parameter === undefined || place === undefined) return
  const telling = new Telling(annotations, placeOf(place))
  let told: number | undefined
  for (let step = 0; step < present.length; step += 1) {
    const value = parameter[step] ?? Number.NaN
    if (present[step] === absent || Object.is(value, told)) continue
    told = value
    if (name === "quantile_over_time" && !(value >= 0 && value <= 1)) telling.invalidQuantile(value)
    if (name === "integral" && value !== 0 && value !== 1 && value !== 2) telling.invalidStrategy(value)
  }
}

class RangeFunction {
  readonly #call: RangeCall
  readonly #windows: Windows
  readonly #ranges: Ranges
  readonly #parameters: readonly Float64Array[]
  readonly #kernel: Kernel
  readonly #ofFloats: boolean
  readonly #ofPlaces: boolean

  constructor(call: RangeCall, ranges: Ranges, parameters: readonly Float64Array[]) {
    this.#call = call
    this.#ranges = ranges
    this.#windows = emptyWindows(ranges)
    this.#parameters = parameters
    this.#kernel = kernelOf(call)
    this.#ofFloats = call.extended === undefined && kernelsOfFloats.has(call.name)
    this.#ofPlaces = call.extended === undefined && kernelsOfPlaces.has(call.name)
  }

  run(series: RangeSeries, column: Column): void {
    const samples = series.read()
    const metric = series.labels.get("__name__")
    const { histograms } = samples
    if (histograms === undefined || this.#ofPlaces) this.#floats(samples, column)
    else if (this.#ofFloats) this.#withoutHistograms(samples, histograms, metric, column)
    else this.#mixed(samples, histograms, metric, column)
    this.#tellOfNoCounter(metric, column)
  }

  #floats(samples: Samples, column: Column): void {
    this.#kernel(samples, findWindows(samples, this.#ranges, this.#windows), this.#parameters, column)
  }

  #withoutHistograms(
    samples: Samples,
    histograms: readonly (FloatHistogram | undefined)[],
    metric: string,
    column: Column,
  ): void {
    const { times, values } = pick(samples, (index) => histograms[index] === undefined)
    const all = findWindows(samples, this.#ranges, emptyWindows(this.#ranges))
    const floats = findWindows({ times, values }, this.#ranges, this.#windows)
    const length = (windows: Windows, step: number): number => (windows.last[step] ?? 0) - (windows.first[step] ?? 0)
    for (let step = 0; step < floats.count; step += 1) {
      if (length(floats, step) === 0 || length(floats, step) === length(all, step)) continue
      this.#call.told.ignoredInRange(metric)
      break
    }
    this.#kernel({ times, values }, floats, this.#parameters, column)
  }

  /** Windows with a histogram in them are one function's, those of floats alone another one's. */
  #mixed(samples: Samples, histograms: readonly (FloatHistogram | undefined)[], metric: string, column: Column): void {
    const { times, values } = samples
    const { count, from, to, step, now, nowStep } = this.#ranges
    const windows = findWindows(samples, this.#ranges, this.#windows)
    const before = new Int32Array(times.length + 1)
    for (let index = 0; index < times.length; index += 1)
      before[index + 1] = (before[index] ?? 0) + (histograms[index] === undefined ? 0 : 1)
    const ofHistograms = histogramRangeFunctions.get(this.#call.name)
    if (ofHistograms === undefined) throw new PromqlError("execution", `function ${this.#call.name} is of floats`)
    for (let index = 0; index < count; index += 1) {
      const first = windows.first[index] ?? 0
      const last = windows.last[index] ?? 0
      if (before[first] === before[last]) continue
      // What the other function finds is no window.
      windows.first[index] = last
      const window = {
        times,
        values,
        histograms,
        first,
        last,
        from: from + index * step,
        to: to + index * step,
        now: now + index * nowStep,
      }
      this.#ranges.goOn()
      const result = ofHistograms(window, metric, this.#call)
      if (typeof result === "number") put(column, index, result)
      else if (result !== undefined) putHistogram(column, index, result)
    }
    this.#kernel(samples, windows, this.#parameters, column)
  }

  #tellOfNoCounter(metric: string, { present }: Column): void {
    const { name } = this.#call
    if ((name !== "rate" && name !== "increase") || metric === "" || counterSuffix.test(metric)) return
    if (present.includes(float)) this.#call.told.maybeNoCounter(metric)
  }
}

function kernelOf({ name, extended }: RangeCall): Kernel {
  if (extended !== undefined) {
    const known = extendedKernels[extended]
    const kernel = known.get(name)
    if (kernel !== undefined) return kernel
    const names = [...known.keys()].join(", ")
    throw new PromqlError("execution", `${extended} modifier can only be used with: ${names} - not with ${name}`)
  }
  const kernel = kernels.get(name) ?? kernelsOfFloats.get(name) ?? kernelsOfPlaces.get(name)
  if (kernel === undefined) throw new PromqlError("execution", `function ${name} does not take a range vector`)
  return kernel
}
