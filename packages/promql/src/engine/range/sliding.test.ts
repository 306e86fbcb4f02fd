import fc from "fast-check"
import { expect, test } from "vitest"
import { almostSameNumber } from "../../histogram/equal.ts"
import { Labels } from "../../labels.ts"
import type { Samples } from "../../storage/storage.ts"
import { emptyColumn, type Column } from "../grid.ts"
import { average, eachWindow, extreme, sum } from "./each-window.ts"
import { slidingExtreme, slidingSum } from "./sliding.ts"
import { emptyWindows, findWindows, type Kernel, type Ranges } from "./windows.ts"

function compute(kernel: Kernel, samples: Samples, ranges: Ranges): Column {
  const column = emptyColumn(Labels.empty, ranges.count)
  kernel(samples, findWindows(samples, ranges, emptyWindows(ranges)), [], column)
  return column
}

/** Samples with gaps, and windows over them that overlap, touch or leave some out. */
const cases = fc
  .record({
    gaps: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
    values: fc.array(fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(Number.NaN)), {
      minLength: 60,
      maxLength: 60,
    }),
    range: fc.integer({ min: 1, max: 200 }),
    step: fc.integer({ min: 1, max: 120 }),
  })
  .map(({ gaps, values, range, step }) => {
    let time = 0
    const times = Float64Array.from(gaps, (gap) => (time += gap))
    const ranges = {
      count: 20,
      step,
      from: 30 - range,
      to: 30,
      before: 0,
      behind: 0,
      now: 30,
      nowStep: step,
      goOn: () => undefined,
    }
    return { samples: { times, values: Float64Array.from(values.slice(0, times.length)) }, ranges }
  })

test.each([
  ["sums", slidingSum(false), eachWindow(sum)],
  ["averages", slidingSum(true), eachWindow(average)],
  ["greatest values", slidingExtreme(1), eachWindow(extreme(1))],
  ["least values", slidingExtreme(-1), eachWindow(extreme(-1))],
])("%s are those of each window by itself", (_what, sliding, single) => {
  fc.assert(
    fc.property(cases, ({ samples, ranges }) => {
      const one = compute(sliding, samples, ranges)
      const other = compute(single, samples, ranges)
      expect(one.present).toEqual(other.present)
      one.values.forEach((value, step) => {
        const expected = other.values[step] ?? 0
        expect(almostSameNumber(value, expected, 1e-12) || Math.abs(value - expected) < 1e-9).toBe(true)
      })
    }),
  )
})
