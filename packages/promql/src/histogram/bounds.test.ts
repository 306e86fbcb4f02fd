import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { coarserIndex, exponentialBound, upperBound } from "./bounds.ts"
import { customSchema } from "./float-histogram.ts"
import { schemas } from "./testing/histograms.ts"

describe("bounds of buckets", () => {
  it("are powers of two at every 2^schema-th index, to the bit", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 8 }), (power, schema) => {
        expect(exponentialBound(power * 2 ** schema, schema)).toBe(2 ** power)
      }),
    )
  })

  it("are those of Prometheus in between, not the nearest floats", () => {
    expect(exponentialBound(1, 1)).toBe(1.414213562373095)
    expect(exponentialBound(-1, 1)).toBe(0.7071067811865475)
    expect(exponentialBound(255, 8)).toBe(1.9945921121709396)
  })

  it("end with the largest float, and one bucket for infinity", () => {
    for (let schema = -4; schema <= 8; schema += 1) {
      const last = 1024 * 2 ** schema
      expect(exponentialBound(last, schema)).toBe(Number.MAX_VALUE)
      expect(exponentialBound(last + 1, schema)).toBe(Number.POSITIVE_INFINITY)
    }
  })

  it("stay the same in a coarser schema", () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), schemas, schemas, (index, one, other) => {
        const [coarse, fine] = [Math.min(one, other), Math.max(one, other)]
        const target = coarserIndex(index, fine, coarse)
        expect(exponentialBound(index, fine)).toBeLessThanOrEqual(exponentialBound(target, coarse))
        expect(exponentialBound(index - 1, fine)).toBeGreaterThanOrEqual(exponentialBound(target - 1, coarse))
      }),
    )
  })

  it("reach to both infinities with custom bounds", () => {
    expect([-1, 0, 1, 2].map((index) => upperBound(index, customSchema, [5, 10]))).toEqual([
      Number.NEGATIVE_INFINITY,
      5,
      10,
      Number.POSITIVE_INFINITY,
    ])
  })
})
