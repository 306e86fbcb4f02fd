import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { customSchema, type FloatHistogram } from "./float-histogram.ts"
import { fraction } from "./fraction.ts"
import { quantile } from "./quantile.ts"
import { custom, exponential, histogramOf } from "./testing/histograms.ts"
import { variance } from "./variance.ts"

/** Something is in it, and not all in a bucket without any end. */
const filled = ({ schema, count, customBounds }: FloatHistogram): boolean =>
  count > 0 && (schema !== customSchema || customBounds.length > 0)
const part = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000)
const of = (phi: number, text: string) => quantile(phi, histogramOf(text))

describe("quantiles of histograms", () => {
  it("lie between the bounds of a bucket on a logarithmic scale", () => {
    expect(of(0.5, "{{count:4 sum:6 offset:1 buckets:[4]}}").value).toBeCloseTo(Math.SQRT2, 12)
    expect(of(0.25, "{{count:4 sum:-6 n_offset:1 n_buckets:[4]}}").value).toBeCloseTo(-(2 ** 0.75), 12)
  })

  it("lie evenly in custom buckets and around zero, which one sign only has one half of", () => {
    expect(of(0.5, "{{schema:-53 count:4 sum:6 custom_values:[2 4] buckets:[0 4]}}").value).toBe(3)
    expect(of(0.25, "{{schema:-53 count:4 sum:6 custom_values:[2 4] buckets:[4]}}").value).toBe(0.5)
    expect(of(0.5, "{{count:4 z_bucket:4 z_bucket_w:1}}").value).toBe(0)
    expect(of(0.25, "{{count:4 z_bucket:2 z_bucket_w:1 offset:1 buckets:[2]}}").value).toBe(0.5)
    expect(of(0.75, "{{count:4 z_bucket:2 z_bucket_w:1 n_offset:1 n_buckets:[2]}}").value).toBe(-0.5)
  })

  it("end at the last bound where a bucket has no other end", () => {
    expect(of(1, "{{schema:-53 count:4 sum:6 custom_values:[2 4] buckets:[0 0 4]}}").value).toBe(4)
    expect(of(0, "{{schema:-53 count:4 sum:6 custom_values:[-2 4] buckets:[4]}}").value).toBe(-2)
  })

  it("are infinite outside of 0 to 1, and NaN where there is nothing", () => {
    expect(of(-0.1, "{{count:1 buckets:[1]}}").value).toBe(Number.NEGATIVE_INFINITY)
    expect(of(1.1, "{{count:1 buckets:[1]}}").value).toBe(Number.POSITIVE_INFINITY)
    expect(of(0.5, "{{}}").value).toBeNaN()
    expect(of(Number.NaN, "{{count:1 buckets:[1]}}").value).toBeNaN()
  })

  it("tell of observations that are NaN", () => {
    const nan = "{{count:4 sum:NaN offset:1 buckets:[2]}}"
    expect(of(0.25, nan)).toMatchObject({
      value: expect.closeTo(Math.SQRT2, 12) as number,
      nan: "result is skewed higher",
    })
    expect(of(0.75, nan)).toMatchObject({ value: Number.NaN, nan: "result is NaN" })
    expect(of(0.5, "{{count:2 sum:NaN offset:1 buckets:[2]}}").nan).toBeUndefined()
  })

  it("rise with φ", () => {
    for (const histograms of [exponential, custom])
      fc.assert(
        fc.property(histograms.filter(filled), part, part, (histogram, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map((phi) => quantile(phi, histogram).value)
          expect(low).toBeLessThanOrEqual(Number(high) + 1e-9 * Math.abs(Number(high)))
        }),
      )
  })

  it("are undone by fractions, inside of buckets that have two ends", () => {
    fc.assert(
      fc.property(exponential.filter(filled), part, (histogram, phi) => {
        const { value } = quantile(phi, histogram)
        // Without a zero bucket's width, all of its observations are at once below a value above 0.
        fc.pre(histogram.zeroThreshold > 0 || histogram.zeroCount === 0)
        expect(fraction(Number.NEGATIVE_INFINITY, value, histogram).value).toBeCloseTo(phi, 9)
      }),
    )
  })
})

describe("fractions of histograms", () => {
  it("are all or nothing at the ends", () => {
    fc.assert(
      fc.property(fc.oneof(exponential, custom).filter(filled), fc.integer(), (histogram, at) => {
        expect(fraction(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, histogram).value).toBeCloseTo(1, 12)
        expect(fraction(at, at, histogram).value).toBe(0)
      }),
    )
  })

  it("add up", () => {
    fc.assert(
      fc.property(exponential.filter(filled), fc.integer({ min: -1200, max: 1200 }), (histogram, at) => {
        const below = fraction(Number.NEGATIVE_INFINITY, at, histogram).value
        expect(below + fraction(at, Number.POSITIVE_INFINITY, histogram).value).toBeCloseTo(1, 12)
      }),
    )
  })

  it("are less than all where observations are NaN", () => {
    const { value, nans } = fraction(
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      histogramOf("{{count:4 sum:NaN buckets:[2]}}"),
    )
    expect([value, nans]).toEqual([0.5, true])
    expect(fraction(0, 1, histogramOf("{{}}")).value).toBeNaN()
  })
})

describe("the variance of a histogram", () => {
  it("takes observations to be in the middle of their bucket", () => {
    expect(variance(histogramOf("{{count:2 sum:0 offset:1 buckets:[1] n_offset:1 n_buckets:[1]}}"))).toBeCloseTo(2, 12)
    expect(variance(histogramOf("{{schema:-53 count:2 sum:6 custom_values:[2 4] buckets:[0 2]}}"))).toBe(0)
    expect(variance(histogramOf("{{count:2 sum:2 z_bucket:2 z_bucket_w:0.1}}"))).toBe(1)
  })
})
