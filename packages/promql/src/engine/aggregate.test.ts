import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatHistogram } from "../histogram/print.ts"
import { histogramOf } from "../histogram/testing/histograms.ts"
import { Labels } from "../labels.ts"
import { parse } from "../parser/parser.ts"
import { aggregator } from "./aggregate.ts"
import { Annotations } from "./annotations.ts"
import { absent, emptyColumn, put, putHistogram, type Column, type Value } from "./grid.ts"

type Cell = number | string | undefined

/** `{a="1"}` and its samples: numbers, histograms as in test scripts, undefined for none. */
const column = (labels: Record<string, string>, cells: readonly Cell[]): Column => {
  const result = emptyColumn(Labels.from(labels), cells.length)
  cells.forEach((cell, step) => {
    if (typeof cell === "number") put(result, step, cell)
    else if (cell !== undefined) putHistogram(result, step, histogramOf(cell))
  })
  return result
}

function aggregated(query: string, columns: readonly Column[], parameter?: Value) {
  const expr = parse(query)
  if (expr.kind !== "aggregation") throw new Error("not an aggregation")
  const annotations = new Annotations(query)
  const count = columns[0]?.values.length ?? 1
  const one = aggregator(expr, parameter, {
    grid: { start: 0, step: 1, count },
    annotations,
    delayedNameRemoval: false,
    spend: () => undefined,
  })
  for (const each of columns) one.add(each)
  const series = one.finish().map(({ labels, values, present, histograms }) => [
    labels.toString(),
    ...Array.from(present, (kind, step) => {
      const histogram = histograms?.[step]
      return kind === absent ? undefined : histogram ? formatHistogram(histogram) : values[step]
    }),
  ])
  return { series, warnings: annotations.warnings, infos: annotations.infos }
}
const scalar = (...values: number[]): Value => ({ kind: "scalar", values: Float64Array.from(values) })

describe("groups", () => {
  const columns = [
    column({ __name__: "m", job: "a", instance: "1" }, [1, 2]),
    column({ __name__: "m", job: "a", instance: "2" }, [3, undefined]),
    column({ __name__: "m", job: "b", instance: "1" }, [5, 6]),
  ]

  it("are by labels, without labels, or one", () => {
    expect(aggregated("sum by (job, none) (m)", columns).series).toEqual([
      ['{job="a"}', 4, 2],
      ['{job="b"}', 5, 6],
    ])
    expect(aggregated("sum without (instance) (m)", columns).series).toEqual([
      ['{job="a"}', 4, 2],
      ['{job="b"}', 5, 6],
    ])
    expect(aggregated("sum(m)", columns).series).toEqual([["{}", 9, 8]])
    expect(aggregated("sum by (__name__) (m)", columns).series).toEqual([["m{}", 9, 8]])
  })

  it("do not run label values together", () => {
    const near = [column({ a: "aa", b: "bb" }, [1]), column({ a: "a", b: "abb" }, [2])]
    expect(aggregated("sum by (a, b) (m)", near).series).toHaveLength(2)
  })
})

describe("sums and means", () => {
  const floats = (...values: number[]): Column[] =>
    values.map((value, index) => column({ index: String(index) }, [value]))
  const only = (query: string, columns: Column[]): unknown => aggregated(query, columns).series[0]?.[1]

  it("lose nothing where large values cancel out", () => {
    expect(only("sum(m)", floats(2, 8, 1e100, -1e100))).toBe(10)
    expect(only("avg(m)", floats(2, 8, 1e100, -1e100))).toBe(2.5)
  })

  it("do not overflow in a mean", () => {
    const large = 1.5e308
    expect(only("avg(m)", floats(large, large, large))).toBe(large)
    expect(only("sum(m)", floats(large, large))).toBe(Number.POSITIVE_INFINITY)
    expect(only("avg(m)", floats(Number.POSITIVE_INFINITY, 1))).toBe(Number.POSITIVE_INFINITY)
    expect(only("avg(m)", floats(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))).toBeNaN()
  })

  it("add histograms", () => {
    const histograms = [
      column({ a: "1" }, ["{{count:1 sum:2 buckets:[1]}}"]),
      column({ a: "2" }, ["{{count:3 sum:4 buckets:[1 2]}}"]),
    ]
    expect(only("sum(m)", histograms)).toBe("{count:4, sum:6, (0.5,1]:2, (1,2]:2}")
    expect(only("avg(m)", histograms)).toBe("{count:2, sum:3, (0.5,1]:1, (1,2]:1}")
  })

  it("have no answer for floats and histograms together", () => {
    const mixed = [column({ a: "1" }, [1, 1]), column({ a: "2" }, ["{{count:1}}", 2])]
    expect(aggregated("sum(m)", mixed)).toEqual({
      series: [["{}", undefined, 3]],
      warnings: ["PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)"],
      infos: [],
    })
  })

  it("have no answer for exponential and custom buckets together", () => {
    const mixed = [
      column({ __name__: "m", a: "1" }, ["{{count:1}}"]),
      column({ __name__: "m", a: "2" }, ["{{schema:-53 count:1 custom_values:[1]}}"]),
    ]
    const { series, warnings } = aggregated("avg(m)", mixed)
    expect(series).toEqual([])
    expect(warnings).toEqual([
      'PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "m" (1:5)',
    ])
  })

  it("tell of bounds that differ and of resets that do", () => {
    const columns = [
      column({ a: "1" }, ["{{schema:-53 custom_values:[1 2] counter_reset_hint:reset}}"]),
      column({ a: "2" }, ["{{schema:-53 custom_values:[2] counter_reset_hint:not_reset}}"]),
    ]
    expect(aggregated("sum(m)", columns)).toMatchObject({
      warnings: ["PromQL warning: conflicting counter resets during histogram aggregation (1:5)"],
      infos: ["PromQL info: mismatched custom buckets were reconciled during aggregation (1:5)"],
    })
  })

  it("do not overflow in a mean of histograms", () => {
    const large = "{{count:1.5e308 sum:1.5e308 buckets:[1.5e308]}}"
    const columns = ["1", "2", "3"].map((a) => column({ a }, [large]))
    expect(only("avg(m)", columns)).toBe("{count:1.5e+308, sum:1.5e+308, (0.5,1]:1.5e+308}")
  })
})

describe("other reductions", () => {
  const values = [Number.NaN, 3, 1, 2]
  const columns = [
    ...values.map((value, index) => column({ index: String(index) }, [value])),
    column({ index: "h" }, ["{{count:1}}"]),
  ]
  const ignoring = (op: string) => [`PromQL info: ignored histogram in ${op} aggregation (1:${op.length + 2})`]

  it("leave NaN and histograms out of extremes", () => {
    expect(aggregated("max(m)", columns)).toEqual({ series: [["{}", 3]], warnings: [], infos: ignoring("max") })
    expect(aggregated("min(m)", columns)).toEqual({ series: [["{}", 1]], warnings: [], infos: ignoring("min") })
    expect(aggregated("max(m)", columns.slice(0, 1)).series).toEqual([["{}", Number.NaN]])
    expect(aggregated("max(m)", columns.slice(4)).series).toEqual([])
  })

  it("count whatever is there", () => {
    expect(aggregated("count(m)", columns).series).toEqual([["{}", 5]])
    expect(aggregated("group(m)", columns).series).toEqual([["{}", 1]])
  })

  it("deviate from the mean", () => {
    expect(aggregated("stdvar(m)", columns.slice(1))).toEqual({
      series: [["{}", 2 / 3]],
      warnings: [],
      infos: ignoring("stdvar"),
    })
    expect(aggregated("stddev(m)", columns).series).toEqual([["{}", Number.NaN]])
  })

  it("find quantiles, NaN below all else", () => {
    expect(aggregated("quantile(1, m)", columns, scalar(1)).series).toEqual([["{}", 3]])
    expect(aggregated("quantile(0, m)", columns, scalar(0)).series).toEqual([["{}", Number.NaN]])
    expect(aggregated("quantile(0.5, m)", columns.slice(1, 4), scalar(0.5)).series).toEqual([["{}", 2]])
    expect(aggregated("quantile(2, m)", columns.slice(1, 4), scalar(2))).toMatchObject({
      series: [["{}", Number.POSITIVE_INFINITY]],
      warnings: ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"],
    })
  })

  it("count values by their text", () => {
    const same = [column({ a: "1" }, [1e21, 2]), column({ a: "2" }, [2, 2]), column({ a: "3" }, ["{{count:1}}", 0.5])]
    expect(aggregated('count_values("value", m)', same, { kind: "string", value: "value" }).series).toEqual([
      ['{value="1000000000000000000000"}', 1, undefined],
      ['{value="2"}', 1, 2],
      ['{value="{count:1, sum:0}"}', 1, undefined],
      ['{value="0.5"}', undefined, 1],
    ])
  })
})

describe("aggregations that let series through", () => {
  const columns = [
    column({ a: "1" }, [1, 5]),
    column({ a: "2" }, [Number.NaN, 4]),
    column({ a: "3" }, [3, 3]),
    column({ a: "4" }, [2, undefined]),
  ]

  it("rank, NaN last, as many at each step as the parameter says", () => {
    expect(aggregated("topk(2, m)", columns, scalar(2, 1)).series).toEqual([
      ['{a="3"}', 3, undefined],
      ['{a="4"}', 2, undefined],
      ['{a="1"}', undefined, 5],
    ])
    expect(aggregated("bottomk(9, m)", columns, scalar(9, 0)).series.map(([labels]) => labels)).toEqual([
      '{a="1"}',
      '{a="4"}',
      '{a="3"}',
      '{a="2"}',
    ])
  })

  it("agree with sorting", () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 25 }), (all, k) => {
        const members = all.map((value, index) => column({ index: String(index) }, [value]))
        const found = (op: string) => aggregated(`${op}(${k}, m)`, members, scalar(k)).series.map(([, value]) => value)
        const rising = all.toSorted((a, b) => a - b)
        expect(found("bottomk")).toEqual(rising.slice(0, k))
        expect(found("topk")).toEqual(rising.toReversed().slice(0, k))
      }),
    )
  })

  it("refuse a parameter that is no number of series", () => {
    expect(() => aggregated("topk(NaN, m)", columns, scalar(Number.NaN))).toThrow("Parameter value is NaN")
    expect(() => aggregated("topk(1e30, m)", columns, scalar(1e30))).toThrow("overflows int64")
    expect(() => aggregated("topk(1, m)", columns, scalar(1, -1e30))).toThrow("underflows int64")
    expect(aggregated("topk(0.5, m)", columns, scalar(0.5, 0)).series).toEqual([])
  })
})
