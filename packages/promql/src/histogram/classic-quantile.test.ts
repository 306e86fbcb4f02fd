import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { classicFraction, classicQuantile, type ClassicBuckets } from "./classic-quantile.ts"

const infinity = Number.POSITIVE_INFINITY
const buckets = (...pairs: readonly (readonly [number, number])[]): ClassicBuckets => ({
  uppers: Float64Array.from(pairs, ([upper]) => upper),
  counts: Float64Array.from(pairs, ([, count]) => count),
  length: pairs.length,
})

describe("quantiles of classic histograms", () => {
  it("lie evenly between bounds, of which 0 is one", () => {
    const of = (phi: number) => classicQuantile(phi, buckets([1, 4], [3, 8], [infinity, 10])).value
    expect([0, 0.2, 0.6, 0.8, 1].map(of)).toEqual([0, 0.5, 2, 3, 3])
    expect([of(-1), of(2)]).toEqual([-infinity, infinity])
  })

  it("are NaN without an upper end or without anything in it", () => {
    expect(classicQuantile(0.5, buckets([1, 4], [3, 8])).value).toBeNaN()
    expect(classicQuantile(0.5, buckets([infinity, 8])).value).toBeNaN()
    expect(classicQuantile(0.5, buckets([1, 0], [infinity, 0])).value).toBeNaN()
  })

  it("add up buckets with one bound", () => {
    expect(classicQuantile(0.5, buckets([1, 1], [1, 3], [infinity, 8])).value).toBe(1)
  })

  it("level falls and tell of them, but not of those of rounding", () => {
    expect(classicQuantile(0.5, buckets([1, 4], [2, 3], [4, 2], [infinity, 8]))).toEqual({
      value: 1,
      falls: { lowest: 2, highest: 4, most: 2 },
    })
    expect(classicQuantile(0.5, buckets([1, 4], [2, 4 - 1e-13], [infinity, 8])).falls).toBeUndefined()
  })

  it("are undone by fractions", () => {
    const counts = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 100 }), (each, percent) => {
        let total = 0
        const pairs = each.map((count, index) => {
          total += count
          return [index + 1, total] as const
        })
        const all = (): ClassicBuckets => buckets(...pairs, [infinity, total])
        const phi = percent / 100
        expect(classicFraction(-infinity, classicQuantile(phi, all()).value, all())).toBeCloseTo(phi, 9)
      }),
    )
  })
})
