import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { add, divide, multiply, negate, subtract, toSchema } from "./arithmetic.ts"
import { equal } from "./equal.ts"
import type { FloatHistogram } from "./float-histogram.ts"
import {
  custom,
  exponential,
  histogramOf,
  observations,
  observed,
  observedCustom,
  bounds,
  schemas,
} from "./testing/histograms.ts"
import { printTestHistogram } from "./test-form.ts"

const sum = (a: FloatHistogram, b: FloatHistogram): FloatHistogram => {
  const combined = add(a, b)
  if (combined === undefined) throw new Error("not compatible")
  return combined.histogram
}
const sumOf = (a: string, b: string): string => printTestHistogram(sum(histogramOf(a), histogramOf(b)))

describe("addition of histograms", () => {
  it("adds bucket by bucket", () => {
    expect(sumOf("{{count:3 sum:4 buckets:[1 2]}}", "{{count:5 sum:1 offset:1 buckets:[2 3]}}")).toBe(
      "{{count:8 sum:5 buckets:[1 4 3]}}",
    )
  })

  it("takes the coarser schema", () => {
    expect(
      sumOf("{{schema:1 count:4 sum:4 offset:1 buckets:[1 1 1 1]}}", "{{count:1 sum:1 offset:1 buckets:[1]}}"),
    ).toBe("{{count:5 sum:5 offset:1 buckets:[3 2]}}")
  })

  it("takes the wider zero bucket, and what lies in it", () => {
    expect(
      sumOf(
        "{{count:4 sum:1 z_bucket:1 z_bucket_w:0.25 offset:-1 buckets:[1 1 1]}}",
        "{{count:2 sum:0 z_bucket:2 z_bucket_w:1}}",
      ),
    ).toBe("{{count:6 sum:1 z_bucket:5 z_bucket_w:1 offset:1 buckets:[1]}}")
  })

  it("widens the zero bucket to the end of a bucket that the other's would cut", () => {
    expect(sumOf("{{count:3 sum:1 offset:-1 buckets:[1 1 1]}}", "{{count:2 sum:0 z_bucket:2 z_bucket_w:0.7}}")).toBe(
      "{{count:5 sum:1 z_bucket:4 z_bucket_w:1 offset:1 buckets:[1]}}",
    )
  })

  it("keeps the custom bounds that both have", () => {
    const combined = add(
      histogramOf("{{schema:-53 count:6 sum:1 custom_values:[1 2 3] buckets:[1 2 3]}}"),
      histogramOf("{{schema:-53 count:3 sum:1 custom_values:[2 5] buckets:[1 1 1]}}"),
    )
    expect(combined).toMatchObject({ reconciled: true, collision: false })
    expect(combined && printTestHistogram(combined.histogram)).toBe(
      "{{schema:-53 count:9 sum:2 custom_values:[2] buckets:[4 5]}}",
    )
  })

  it("has no answer for exponential and custom buckets together", () => {
    expect(add(histogramOf("{{count:1}}"), histogramOf("{{schema:-53 custom_values:[1]}}"))).toBeUndefined()
  })

  it("tells of a reset of one counter only", () => {
    const hints = ["unknown", "reset", "not_reset", "gauge"]
    const outcome = (a: string, b: string): string => {
      const combined = add(histogramOf(`{{counter_reset_hint:${a}}}`), histogramOf(`{{counter_reset_hint:${b}}}`))
      return `${String(combined?.histogram.resetHint)}${combined?.collision ? "!" : ""}`
    }
    expect(hints.map((a) => hints.map((b) => outcome(a, b)))).toEqual([
      ["unknown", "unknown", "unknown", "gauge"],
      ["unknown", "reset", "unknown!", "gauge"],
      ["unknown", "unknown!", "not_reset", "gauge"],
      ["gauge", "gauge", "gauge", "gauge"],
    ])
  })

  it("does not depend on the order", () => {
    fc.assert(fc.property(exponential, exponential, (a, b) => equal(sum(a, b), sum(b, a))))
    fc.assert(fc.property(custom, custom, (a, b) => equal(sum(a, b), sum(b, a))))
  })

  it("does not depend on how three are grouped", () => {
    fc.assert(
      fc.property(exponential, exponential, exponential, (a, b, c) => equal(sum(sum(a, b), c), sum(a, sum(b, c)))),
    )
    fc.assert(fc.property(custom, custom, custom, (a, b, c) => equal(sum(sum(a, b), c), sum(a, sum(b, c)))))
  })

  it("is what one program would have counted", () => {
    fc.assert(
      fc.property(observations, observations, schemas, (a, b, schema) =>
        equal(sum(observed(a, schema, 0), observed(b, schema, 0)), observed([...a, ...b], schema, 0)),
      ),
    )
    fc.assert(
      fc.property(observations, observations, bounds, (a, b, upper) =>
        equal(sum(observedCustom(a, upper), observedCustom(b, upper)), observedCustom([...a, ...b], upper)),
      ),
    )
  })
})

describe("other arithmetic", () => {
  it("subtracts what was added", () => {
    fc.assert(
      fc.property(observations, observations, schemas, (a, b, schema) => {
        const [first, second] = [observed(a, schema, 0), observed(b, schema, 0)]
        return equal(subtract(sum(first, second), second)?.histogram ?? first, first)
      }),
    )
  })

  it("merges buckets as if they had been coarser from the start", () => {
    fc.assert(
      fc.property(observations, schemas, schemas, (values, one, other) => {
        const [coarse, fine] = [Math.min(one, other), Math.max(one, other)]
        return equal(toSchema(observed(values, fine, 0), coarse), observed(values, coarse, 0))
      }),
    )
  })

  it("scales counts and sum", () => {
    const histogram = histogramOf("{{count:4 sum:6 z_bucket:1 buckets:[1 2]}}")
    expect(printTestHistogram(multiply(histogram, 2))).toBe("{{count:8 sum:12 z_bucket:2 buckets:[2 4]}}")
    expect(printTestHistogram(divide(histogram, 2))).toBe("{{count:2 sum:3 z_bucket:0.5 buckets:[0.5 1]}}")
    expect(printTestHistogram(multiply(histogram, 0))).toBe("{{}}")
  })

  it("is a gauge once negated", () => {
    expect(printTestHistogram(negate(histogramOf("{{count:4 sum:6 buckets:[1 3]}}")))).toBe(
      "{{count:-4 sum:-6 counter_reset_hint:gauge buckets:[-1 -3]}}",
    )
  })

  it("has no buckets left after a division by zero", () => {
    expect(printTestHistogram(divide(histogramOf("{{count:4 sum:-6 buckets:[1 3]}}"), 0))).toBe(
      "{{count:+Inf sum:-Inf z_bucket:NaN}}",
    )
  })
})

it("ends also for histograms that are none, which a target may tell", () => {
  const good = histogramOf("{{schema:0 count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]}}")
  expect(sum(good, { ...good, zeroThreshold: Number.NaN }).count).toBe(6)
  expect(sum({ ...good, zeroThreshold: 0.001, schema: 100 }, good).count).toBe(6)
  expect(sum(good, { ...good, zeroThreshold: 0.001, schema: -2_000_000 }).count).toBe(6)
})
