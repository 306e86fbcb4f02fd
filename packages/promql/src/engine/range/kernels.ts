import { float } from "../grid.ts"
import {
  average,
  eachWindow,
  extreme,
  integral,
  medianDeviation,
  quantileOf,
  smoothing,
  sum,
  timeOfExtreme,
  variance,
} from "./each-window.ts"
import { extendedRate, fromAnchor } from "./extended-rates.ts"
import { changes, extrapolated, ofTheLastTwo, resets } from "./rates.ts"
import { regression } from "./regression.ts"
import { overlap, slidingExtreme, slidingSum } from "./sliding.ts"
import type { Kernel } from "./windows.ts"

/** The one that reads each sample twice where windows overlap, the one that reads each window where they do not, or a sum may not be finite. */
const whereTheyOverlap =
  (sliding: Kernel, single: Kernel, mayOverflow: boolean): Kernel =>
  (samples, windows, parameters, column) => {
    const slides = overlap(windows, samples.values.length) && !(mayOverflow && isLarge(samples.values))
    ;(slides ? sliding : single)(samples, windows, parameters, column)
  }

function isLarge(values: Float64Array): boolean {
  let total = 0
  for (let index = 0; index < values.length; index += 1) total += Math.abs(values[index] as number)
  return !(total < 1e300)
}

/** What only depends on which samples there are. */
const ofPlaces =
  (compute: (times: Float64Array, first: number, last: number) => number): Kernel =>
  ({ times }, { first, last, count }, _parameters, column) => {
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = last[index] as number
      if (from === to) continue
      column.values[index] = compute(times, from, to)
      column.present[index] = float
    }
  }
const one = ofPlaces(() => 1)

/** Functions that know nothing of what the samples are, floats or histograms. */
export const kernelsOfPlaces: ReadonlyMap<string, Kernel> = new Map([
  ["count_over_time", ofPlaces((_times, first, last) => last - first)],
  ["present_over_time", one],
  ["absent_over_time", one],
  ["ts_of_first_over_time", ofPlaces((times, first) => (times[first] as number) / 1000)],
  ["ts_of_last_over_time", ofPlaces((times, _first, last) => (times[last - 1] as number) / 1000)],
])

/** Functions that are of floats alone: histograms among the samples are passed over. */
export const kernelsOfFloats: ReadonlyMap<string, Kernel> = new Map([
  ["min_over_time", whereTheyOverlap(slidingExtreme(-1), eachWindow(extreme(-1)), false)],
  ["max_over_time", whereTheyOverlap(slidingExtreme(1), eachWindow(extreme(1)), false)],
  ["ts_of_min_over_time", eachWindow(timeOfExtreme(-1))],
  ["ts_of_max_over_time", eachWindow(timeOfExtreme(1))],
  ["stdvar_over_time", eachWindow(variance)],
  ["stddev_over_time", eachWindow((...window) => Math.sqrt(variance(...window)))],
  ["quantile_over_time", eachWindow(quantileOf)],
  ["mad_over_time", eachWindow(medianDeviation)],
  ["integral", eachWindow(integral)],
  ["double_exponential_smoothing", smoothing],
  [
    "deriv",
    eachWindow((times, values, first, last) => regression(times, values, first, last, times[first] as number).slope, 2),
  ],
  [
    "predict_linear",
    eachWindow((times, values, first, last, now, [seconds = Number.NaN]) => {
      const { slope, intercept } = regression(times, values, first, last, now)
      return slope * seconds + intercept
    }, 2),
  ],
])

/** Functions that have a meaning for histograms too, which is not here: see `histogramRangeFunctions`. */
export const kernels: ReadonlyMap<string, Kernel> = new Map([
  ["rate", extrapolated(true, true)],
  ["increase", extrapolated(true, false)],
  ["delta", extrapolated(false, false)],
  ["irate", ofTheLastTwo(true)],
  ["idelta", ofTheLastTwo(false)],
  ["resets", resets],
  ["changes", changes],
  ["sum_over_time", whereTheyOverlap(slidingSum(false), eachWindow(sum), true)],
  ["avg_over_time", whereTheyOverlap(slidingSum(true), eachWindow(average), true)],
  ["last_over_time", eachWindow((_times, values, _first, last) => values[last - 1] as number)],
  ["first_over_time", eachWindow((_times, values, first) => values[first] as number)],
])

/** Those that ranges with `anchored` or `smoothed` are for. */
export const extendedKernels: Readonly<Record<"anchored" | "smoothed", ReadonlyMap<string, Kernel>>> = {
  anchored: new Map([
    ["changes", fromAnchor(changes)],
    ["delta", extendedRate(false, false, false)],
    ["increase", extendedRate(true, false, false)],
    ["rate", extendedRate(true, true, false)],
    ["resets", fromAnchor(resets)],
  ]),
  smoothed: new Map([
    ["delta", extendedRate(false, false, true)],
    ["increase", extendedRate(true, false, true)],
    ["rate", extendedRate(true, true, true)],
  ]),
}
