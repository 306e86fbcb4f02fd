import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { equal } from "./equal.ts"
import { formatHistogram } from "./print.ts"
import { histogramJson } from "./json.ts"
import { parseTestHistogram, printTestHistogram } from "./test-form.ts"
import { custom, exponential, histogramOf } from "./testing/histograms.ts"

describe("histograms in test scripts", () => {
  it("are read back as they are written", () => {
    fc.assert(
      fc.property(fc.oneof(exponential, custom), (histogram) =>
        equal(histogramOf(printTestHistogram(histogram)), histogram),
      ),
    )
  })

  it("may have every key, in any order, with any white space", () => {
    const text =
      "{{ n_offset:2 n_buckets:[1 0 2]  buckets:[ 3 -1e1 ] offset:-3 z_bucket_w:1e-3 z_bucket:.5 sum:-Inf count:0x10 schema:3 counter_reset_hint:gauge }}"
    expect(parseTestHistogram(text)).toEqual({
      hinted: true,
      histogram: {
        schema: 3,
        zeroThreshold: 0.001,
        zeroCount: 0.5,
        count: 16,
        sum: Number.NEGATIVE_INFINITY,
        positive: { indexes: [-3, -2], counts: [3, -10] },
        negative: { indexes: [2, 4], counts: [1, 2] },
        customBounds: [],
        resetHint: "gauge",
      },
    })
    expect(parseTestHistogram("{{}}")).toMatchObject({ hinted: false, histogram: { count: 0 } })
  })

  it.each([
    ["{{count:1", "double braces"],
    ["{{count:1 count:2}}", 'duplicate key "count"'],
    ["{{weight:1}}", "unknown histogram description key: weight"],
    ["{{count:one}}", "count:one"],
    ["{{schema:1.5}}", "schema:1.5"],
    ["{{buckets:1}}", "buckets:1"],
    ["{{buckets:[1 x]}}", "buckets:[1 x]"],
    ["{{counter_reset_hint:maybe}}", "counter_reset_hint:maybe"],
    ["{{buckets:[1 2}}", "unexpected histogram description: buckets:[1 2"],
  ])("are told wrong: %s", (text, reason) => {
    expect(parseTestHistogram(text)).toEqual({ wrong: expect.stringContaining(reason) as string })
  })
})

describe("histograms as text", () => {
  const histogram = histogramOf("{{count:10 sum:1e6 z_bucket:1 z_bucket_w:0.001 buckets:[1 0 2] n_buckets:[3 3]}}")

  it("lists what is in the buckets, from the lowest one up", () => {
    expect(formatHistogram(histogram)).toBe(
      "{count:10, sum:1e+06, [-2,-1):3, [-1,-0.5):3, [-0.001,0.001]:1, (0.5,1]:1, (2,4]:2}",
    )
    expect(formatHistogram(histogramOf("{{schema:-53 count:3 sum:5 custom_values:[2] buckets:[1 2]}}"))).toBe(
      "{count:3, sum:5, [-Inf,2]:1, (2,+Inf]:2}",
    )
  })

  it("is JSON as the HTTP API has it", () => {
    expect(histogramJson(histogram)).toEqual({
      count: "10",
      sum: "1000000",
      buckets: [
        [1, "-2", "-1", "3"],
        [1, "-1", "-0.5", "3"],
        [3, "-0.001", "0.001", "1"],
        [0, "0.5", "1", "1"],
        [0, "2", "4", "2"],
      ],
    })
    expect(histogramJson(histogramOf("{{}}"))).toEqual({ count: "0", sum: "0" })
  })
})
