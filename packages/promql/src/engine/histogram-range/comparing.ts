import { detectReset } from "../../histogram/detect-reset.ts"
import { equal } from "../../histogram/equal.ts"
import type { FloatHistogram } from "../../histogram/float-histogram.ts"
import type { HistogramRangeFunction, Window } from "../window.ts"

/** How often `differs` holds between a sample and the next one; between a float and a histogram it always does. */
const between =
  (
    floatsDiffer: (before: number, now: number) => boolean,
    histogramsDiffer: (before: FloatHistogram, now: FloatHistogram) => boolean,
  ): HistogramRangeFunction =>
  (window, _metric, call) => {
    const first = call.extended === "anchored" ? anchor(window) : window.first
    if (first === undefined) return undefined
    let count = 0
    for (let index = first + 1; index < window.last; index += 1) {
      const [before, now] = [window.histograms?.[index - 1], window.histograms?.[index]]
      const differs =
        before !== undefined && now !== undefined
          ? histogramsDiffer(before, now)
          : before !== undefined || now !== undefined
            ? true
            : floatsDiffer(window.values[index - 1] ?? Number.NaN, window.values[index] ?? Number.NaN)
      if (differs) count += 1
    }
    return count
  }

/** The last sample at the begin of the range, else the first one; undefined where there is none inside of the range. */
function anchor({ times, first, last, from }: Window): number | undefined {
  if ((times[last - 1] ?? 0) <= from) return undefined
  let index = first
  while (index + 1 < last && (times[index + 1] ?? 0) <= from) index += 1
  return index
}

export const resets = between((before, now) => now < before, detectReset)

export const changes = between(
  (before, now) => before !== now && !(Number.isNaN(before) && Number.isNaN(now)),
  (before, now) => !equal(before, now),
)
