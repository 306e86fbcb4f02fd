import { Labels } from "@serin/promql"
import { describe, expect, test } from "vitest"
import { parseExposition } from "./exposition.ts"
import { withNativeHistograms } from "./native-histograms.ts"

const samples = (text: string, openMetrics = false): unknown[] =>
  parseExposition(text, openMetrics).samples.map(({ labels, value, timestamp }) => [
    labels.toString(),
    value,
    ...(timestamp === undefined ? [] : [timestamp]),
  ])

describe("the text format", () => {
  test("labels with escapes, timestamps, special values and comments", () => {
    const text =
      '# HELP a Help with \\n line\n# TYPE a gauge\n# something else\n\na{x="q\\"uo\\\\te",y=""} +Inf\na{ x = "2" , } 1.5e3 1700000000000\nb NaN\n'
    expect(samples(text)).toEqual([
      ['a{x="q\\"uo\\\\te"}', Infinity],
      ['a{x="2"}', 1500, 1_700_000_000_000],
      ["b{}", Number.NaN],
    ])
    expect(parseExposition(text).metadata.get("a")).toEqual({ type: "gauge", help: "Help with \n line", unit: "" })
  })

  test("names of any letters stand in quotes", () => {
    const text = '# TYPE "a.b" counter\n{"a.b"} 1\n{"a.b","c d"="e"} 2\n{x="y","a.b"} 3\n'
    const { samples: found, metadata } = parseExposition(text)
    expect(found.map(({ labels }) => labels.toRecord())).toEqual([
      { __name__: "a.b" },
      { __name__: "a.b", "c d": "e" },
      { __name__: "a.b", x: "y" },
    ])
    expect(metadata.get("a.b")?.type).toBe("counter")
  })

  test("bounds of buckets and quantiles are written in one way", () => {
    const text = [
      "# TYPE h histogram",
      ...["1", "0.5", "1e6", "100000", "0.00001", "+Inf", "inf", "none"].map((le) => `h_bucket{le="${le}"} 1`),
      "# TYPE s summary",
      's{quantile="1"} 1',
      's{le="1"} 1',
      "# TYPE g gauge",
      'g{le="1"} 1',
    ].join("\n")
    const bounds = parseExposition(text).samples.map(({ labels }) => labels.get("le") || labels.get("quantile"))
    expect(bounds).toEqual(["1.0", "0.5", "1e+06", "100000.0", "1e-05", "+Inf", "+Inf", "none", "1.0", "1", "1"])
  })

  test.each([
    ["a{x=} 1", "labels do not end"],
    ['a{x="1" 1', "labels do not end"],
    ["{} 1", "no metric name"],
    ['a{"b"} 1', "metric name already set"],
    ["a", "no value"],
    ["a one", "no value"],
    ["a 0x1p3", "no value"],
    ["a 1 1.5", "no time"],
    ["a 1 2 3", "no end of the line"],
    ["# TYPE a something", 'invalid metric type "something"'],
  ])("%s is refused", (line, message) => {
    expect(() => parseExposition(line)).toThrow(message)
  })
})

test("a text that is long and no number is refused as fast as it is read", () => {
  const digits = "1".repeat(100_000)
  expect(() => parseExposition(`a ${digits}x\n`)).toThrow("no value")
  expect(parseExposition(`# TYPE a histogram\na_bucket{le="${digits}x"} 1\n`).samples).toHaveLength(1)
})

describe("OpenMetrics", () => {
  test("seconds, units, exemplars and the end", () => {
    const text = [
      "# TYPE wait_seconds counter",
      "# UNIT wait_seconds seconds",
      "# HELP wait_seconds How long.",
      'wait_seconds_total{way="a"} 1 1700000000.5 # {trace_id="x",span="y"} 0.5 1700000000.25',
      "wait_seconds_total 2 # {} 1",
      "wait_seconds_created 1700000000.125",
      "# EOF",
      "",
    ].join("\n")
    const { samples: found, metadata } = parseExposition(text, true)
    expect(found).toEqual([
      {
        labels: Labels.from({ __name__: "wait_seconds_total", way: "a" }),
        emptied: [],
        value: 1,
        timestamp: 1_700_000_000_500,
        exemplar: { labels: Labels.from({ trace_id: "x", span: "y" }), value: 0.5, timestamp: 1_700_000_000_250 },
      },
      {
        labels: Labels.from({ __name__: "wait_seconds_total" }),
        emptied: [],
        value: 2,
        exemplar: { labels: Labels.empty, value: 1 },
      },
      { labels: Labels.from({ __name__: "wait_seconds_created" }), emptied: [], value: 1_700_000_000.125 },
    ])
    expect(metadata.get("wait_seconds")).toEqual({ type: "counter", help: "How long.", unit: "seconds" })
  })

  test.each([
    ["a 1\n", "data does not end with # EOF"],
    ["a 1\n# EOF\nb 1\n", "unexpected data after # EOF"],
    ["a 1\n\n# EOF\n", "an empty line"],
    ["# a comment\n# EOF\n", "no comment that OpenMetrics knows"],
    ["# TYPE a untyped\n# EOF\n", 'invalid metric type "untyped"'],
    ["# UNIT a seconds\n# EOF\n", 'unit "seconds" not a suffix of metric "a"'],
    ["a  1\n# EOF\n", "no value"],
    ['a {b="c"} 1\n# EOF\n', "no value"],
    ['a_total 1 # {x="y"}\n# EOF\n', "no space"],
  ])("%j is refused", (text, message) => {
    expect(() => parseExposition(text, true)).toThrow(message)
  })
})

describe("classic histograms as native ones", () => {
  const text = [
    "# TYPE h histogram",
    ...["a", "b"].flatMap((way) => [
      `h_bucket{way="${way}",le="1"} 2`,
      `h_bucket{way="${way}",le="+Inf"} 3`,
      `h_sum{way="${way}"} 7.5`,
      `h_count{way="${way}"} 3`,
    ]),
    "# TYPE other_count gauge",
    "other_count 1",
    "",
  ].join("\n")
  const names = (keepsClassic: boolean, of = text): string[] =>
    withNativeHistograms(parseExposition(of), keepsClassic).map(({ labels }) => labels.toString())

  test("one series stands for all of its buckets", () => {
    const found = withNativeHistograms(parseExposition(text), false)
    expect(found.map(({ labels }) => labels.toString())).toEqual(["other_count{}", 'h{way="a"}', 'h{way="b"}'])
    expect(found[1]?.value).toMatchObject({ count: 3, sum: 7.5, customBounds: [1], positive: { counts: [2, 1] } })
  })

  test("the classic ones may stay beside", () => {
    expect(names(true)).toHaveLength(11)
  })

  test("what is no histogram stays as it is", () => {
    expect(names(false, '# TYPE h histogram\nh_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n')).toEqual(
      ['h_bucket{le="1.0"}', 'h_bucket{le="+Inf"}', "h_sum{}", "h_count{}"],
    )
  })
})
