import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { add } from "./arithmetic.ts"
import { detectReset } from "./detect-reset.ts"
import { custom, exponential, histogramOf } from "./testing/histograms.ts"

const reset = (previous: string, current: string): boolean => detectReset(histogramOf(previous), histogramOf(current))

describe("a reset of a histogram's counter", () => {
  it("is seen where anything went down", () => {
    expect(reset("{{count:3 buckets:[3]}}", "{{count:2 buckets:[2]}}")).toBe(true)
    expect(reset("{{count:3 buckets:[1 2]}}", "{{count:4 buckets:[2 1 1]}}")).toBe(true)
    expect(reset("{{count:3 buckets:[1 2]}}", "{{count:4 buckets:[4]}}")).toBe(true)
    expect(reset("{{count:3 n_buckets:[1 2]}}", "{{count:4 n_buckets:[4]}}")).toBe(true)
    expect(reset("{{count:3 z_bucket:3}}", "{{count:3 z_bucket:2 buckets:[1]}}")).toBe(true)
  })

  it("is seen where the buckets became finer, or the zero bucket narrower", () => {
    expect(reset("{{count:1 buckets:[1]}}", "{{schema:1 count:1 buckets:[1]}}")).toBe(true)
    expect(reset("{{z_bucket_w:0.1}}", "{{z_bucket_w:0.01}}")).toBe(true)
  })

  it("is what the hint says, if it says anything", () => {
    expect(reset("{{count:1 buckets:[1]}}", "{{count:2 buckets:[2] counter_reset_hint:reset}}")).toBe(true)
    expect(reset("{{count:2 buckets:[2]}}", "{{count:1 buckets:[1] counter_reset_hint:not_reset}}")).toBe(false)
  })

  it("is none where buckets only moved into a zero bucket that grew over them", () => {
    expect(reset("{{count:2 offset:-1 buckets:[1 1]}}", "{{count:2 z_bucket:2 z_bucket_w:1}}")).toBe(false)
    expect(reset("{{count:2 offset:-1 buckets:[1 1]}}", "{{count:2 z_bucket:2 z_bucket_w:0.7}}")).toBe(true)
  })

  it("is seen with custom buckets over the bounds that both have", () => {
    const before = "{{schema:-53 count:3 custom_values:[1 2] buckets:[1 1 1]}}"
    expect(reset(before, "{{schema:-53 count:3 custom_values:[2] buckets:[2 1]}}")).toBe(false)
    expect(reset(before, "{{schema:-53 count:3 custom_values:[2] buckets:[1 2]}}")).toBe(true)
    expect(reset(before, "{{count:3 buckets:[3]}}")).toBe(true)
    expect(reset("{{count:3 buckets:[3]}}", before)).toBe(true)
  })

  it("is never seen where something was only added", () => {
    for (const histograms of [exponential, custom])
      fc.assert(
        fc.property(histograms, histograms, (before, more) => {
          const sum = add(before, more)?.histogram ?? before
          return !detectReset(before, sum)
        }),
      )
  })
})
