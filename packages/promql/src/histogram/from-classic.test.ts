import { describe, expect, it } from "vitest"
import { fromClassic } from "./from-classic.ts"
import { printTestHistogram } from "./test-form.ts"

const bucket = (upper: number, count: number) => ({ upper, count })
const converted = (classic: Parameters<typeof fromClassic>[0]): string => {
  const result = fromClassic(classic)
  return "wrong" in result ? result.wrong : printTestHistogram(result)
}

describe("a classic histogram as a native one", () => {
  it("has its bounds, and counts that are not cumulative", () => {
    expect(
      converted({ buckets: [bucket(5, 3), bucket(1, 1), bucket(Number.POSITIVE_INFINITY, 4)], count: 4, sum: 9 }),
    ).toBe("{{schema:-53 count:4 sum:9 custom_values:[1 5] buckets:[1 2 1]}}")
  })

  it("may lack the last bucket, or the count", () => {
    expect(converted({ buckets: [bucket(1, 1)], count: 4 })).toBe(
      "{{schema:-53 count:4 custom_values:[1] buckets:[1 3]}}",
    )
    expect(converted({ buckets: [bucket(1, 1), bucket(2, 2)] })).toBe(
      "{{schema:-53 count:2 custom_values:[1 2] buckets:[1 1]}}",
    )
  })

  it.each([
    [{ buckets: [] }, "missing count"],
    [{ buckets: [bucket(1, 3), bucket(2, 2)] }, "not cumulative"],
    [{ buckets: [bucket(Number.POSITIVE_INFINITY, 3)], count: 4 }, "count 4 is not that of the last bucket"],
    [{ buckets: [bucket(1, -1)], count: 4 }, "negative"],
    [{ buckets: [bucket(Number.NaN, 1)], count: 4 }, "NaN"],
  ])("cannot be made of %j", (classic, reason) => {
    expect(converted(classic)).toContain(reason)
  })
})
