import { describe, expect, it } from "vitest"
import { histogramOf } from "../histogram/testing/histograms.ts"
import { parse } from "../parser/parser.ts"
import { statisticsOf, statisticsSelectors } from "./statistics.ts"

const count = (query: string): number => statisticsSelectors(parse(query, { experimental: true })).size

describe("selectors of which only count and sum are needed", () => {
  it("are those whose values only go through functions of these", () => {
    expect(count("histogram_count(sum(rate(a[5m])))")).toBe(1)
    expect(count("histogram_sum(a) / histogram_count(b)")).toBe(2)
    expect(count("sum(a)")).toBe(0)
  })

  it("are none whose buckets are needed anywhere above or below", () => {
    expect(count("histogram_quantile(0.9, a)")).toBe(0)
    expect(count("histogram_count(a == b)")).toBe(0)
    expect(count('histogram_sum(count_values("v", a))')).toBe(0)
    expect(count("max_over_time(histogram_count(a)[5m:1m])")).toBe(0)
  })
})

describe("histograms without buckets", () => {
  it("know of the resets that only buckets show", () => {
    const histograms = ["{{count:2 buckets:[2]}}", "{{count:2 buckets:[1 1]}}", "{{count:3 buckets:[1 2]}}"].map(
      histogramOf,
    )
    const found = statisticsOf({ times: Float64Array.of(1, 2, 3), values: Float64Array.of(0, 0, 0), histograms })
    expect(found.histograms?.map((one) => [one?.count, one?.resetHint, one?.positive.indexes.length])).toEqual([
      [2, "unknown", 0],
      [2, "reset", 0],
      [3, "not_reset", 0],
    ])
  })
})
