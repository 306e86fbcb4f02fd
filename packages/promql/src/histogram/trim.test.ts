import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fraction } from "./fraction.ts"
import { printTestHistogram } from "./test-form.ts"
import { exponential, histogramOf } from "./testing/histograms.ts"
import { trim } from "./trim.ts"

const trimmed = (text: string, keep: "below" | "above", bound: number): string =>
  printTestHistogram(trim(histogramOf(text), keep, bound))

describe("a histogram of observations on one side of a value", () => {
  it("has the buckets there, and estimates count and sum from them", () => {
    const text = "{{schema:-53 count:6 sum:100 custom_values:[2 4] buckets:[1 2 3]}}"
    expect(trimmed(text, "below", 4)).toBe("{{schema:-53 count:3 sum:7 custom_values:[2 4] buckets:[1 2]}}")
    expect(trimmed(text, "above", 4)).toBe("{{schema:-53 count:3 sum:12 custom_values:[2 4] offset:2 buckets:[3]}}")
  })

  it("has a part of the bucket in which the value lies", () => {
    const text = "{{schema:-53 count:3 sum:5 custom_values:[2 4] buckets:[1 2]}}"
    expect(trimmed(text, "below", 3)).toBe("{{schema:-53 count:2 sum:3.5 custom_values:[2 4] buckets:[1 1]}}")
    expect(trimmed(text, "above", 3)).toBe("{{schema:-53 count:1 sum:3.5 custom_values:[2 4] offset:1 buckets:[1]}}")
    expect(trimmed("{{count:4 sum:1 z_bucket:4 z_bucket_w:1}}", "above", 0)).toBe(
      "{{count:2 sum:1 z_bucket:2 z_bucket_w:1}}",
    )
  })

  it("has a zero bucket without width above 0", () => {
    const text = "{{count:2 z_bucket:2 sum:5}}"
    expect(trimmed(text, "above", 0)).toBe(text.replace("z_bucket:2 sum:5", "sum:5 z_bucket:2"))
    expect(trimmed(text, "below", 0)).toBe("{{}}")
  })

  it("takes 0 for the lower end of the first custom bucket", () => {
    const text = "{{schema:-53 count:4 sum:5 custom_values:[2] buckets:[4]}}"
    expect(trimmed(text, "below", 1)).toBe("{{schema:-53 count:2 sum:1 custom_values:[2] buckets:[2]}}")
    expect(trimmed(text, "above", 1)).toBe("{{schema:-53 count:2 sum:3 custom_values:[2] buckets:[2]}}")
    expect(trimmed(text, "below", -1)).toBe("{{schema:-53 custom_values:[2]}}")
  })

  it("is the same histogram where nothing goes", () => {
    fc.assert(
      fc.property(exponential, (histogram) => {
        expect(trim(histogram, "below", Number.POSITIVE_INFINITY)).toBe(histogram)
        expect(trim(histogram, "above", Number.NEGATIVE_INFINITY)).toBe(histogram)
      }),
    )
  })

  it("counts what fractions say", () => {
    fc.assert(
      fc.property(
        exponential.filter(({ count, zeroThreshold }) => count > 0 && zeroThreshold < 1),
        fc.integer({ min: -1100, max: 1100 }),
        (histogram, bound) => {
          const below = trim(histogram, "below", bound).count
          const above = trim(histogram, "above", bound).count
          expect(below + above).toBeCloseTo(histogram.count, 9)
          expect(below / histogram.count).toBeCloseTo(fraction(Number.NEGATIVE_INFINITY, bound, histogram).value, 9)
        },
      ),
    )
  })
})
