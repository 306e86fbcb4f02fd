import { describe, expect, test } from "vitest"
import { parseSeries } from "./series-notation.ts"

const values = (text: string) => parseSeries(`m ${text}`).points.map((point) => point?.value)

describe("values", () => {
  test.each([
    ["1 -2 .5 1e3 +Inf -inf NaN", [1, -2, 0.5, 1000, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]],
    ["1+2x3", [1, 3, 5, 7]],
    ["1-2x2", [1, -1, -3]],
    ["-1+-1x1", undefined],
    ["7x2", [7, 7, 7]],
    ["7x0", [7]],
    ["_ 1 _x2 stale", [undefined, 1, undefined, undefined, "stale"]],
    ["", []],
  ])("%s", (text, expected) => {
    if (expected === undefined) expect(() => values(text)).toThrow(/no value of a series/)
    else expect(values(text)).toEqual(expected)
  })

  test.each(["1+2", "x3", "1x", "one", "1x1.5", "1 2x9999999999", "{{count:1", "{{count:1}}+{{count:1}}", "{{}}2"])(
    "%s is refused",
    (text) => {
      expect(() => values(text)).toThrow()
    },
  )

  test("histograms stand in double braces, and may rise by one", () => {
    const points = parseSeries("h {{count:2 buckets:[2]}}+{{count:1 buckets:[0 1]}}x2 _ {{count:1 sum:3}}").points
    expect(points.map((point) => (typeof point?.value === "object" ? point.value.count : point?.value))).toEqual([
      2,
      3,
      4,
      undefined,
      1,
    ])
    expect(points[2]?.value).toMatchObject({ positive: { indexes: [0, 1], counts: [2, 2] } })
  })

  test("whether a histogram says its hint is told: only then it is compared", () => {
    const [without, given] = parseSeries("h {{count:1}} {{count:1 counter_reset_hint:gauge}}").points
    expect([without?.hintGiven, given?.hintGiven]).toEqual([false, true])
  })
})

describe("names and labels", () => {
  test.each([
    ['m{b="2",a="x y}"} 1', 'm{a="x y}", b="2"}'],
    ["{} 1", "{}"],
    ['{"a.b", c="1"} 1', 'a.b{c="1"}'],
    ['m{a=""} 1', "m{}"],
    ["m{a='\"'} 1", 'm{a="\\""}'],
  ])("%s", (text, expected) => {
    const { labels, points } = parseSeries(text)
    expect(labels.toString()).toBe(expected)
    expect(points).toHaveLength(1)
  })

  test.each(['m{a!="1"} 1', 'm{a="1" 1', "m{a} 1 {"])("%s is no series", (text) => {
    expect(() => parseSeries(text)).toThrow()
  })
})
