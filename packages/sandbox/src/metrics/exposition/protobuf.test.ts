import protobuf from "protobufjs/light.js"
import { formatHistogram } from "@serin/promql"
import { describe, expect, test } from "vitest"
import { parseProtobuf } from "./protobuf.ts"

const field = (id: number, type: string, rule?: string) => ({ id, type, ...(rule !== undefined && { rule }) })

/** What of Prometheus' messages the tests write (client_model, `metrics.proto`). */
const root = protobuf.Root.fromJSON({
  nested: {
    Label: { fields: { name: field(1, "string"), value: field(2, "string") } },
    Time: { fields: { seconds: field(1, "int64"), nanos: field(2, "int32") } },
    Exemplar: {
      fields: { label: field(1, "Label", "repeated"), value: field(2, "double"), timestamp: field(3, "Time") },
    },
    Number: { fields: { value: field(1, "double"), exemplar: field(2, "Exemplar") } },
    Quantile: { fields: { quantile: field(1, "double"), value: field(2, "double") } },
    Summary: {
      fields: { count: field(1, "uint64"), sum: field(2, "double"), quantile: field(3, "Quantile", "repeated") },
    },
    Span: { fields: { offset: field(1, "sint32"), length: field(2, "uint32") } },
    Bucket: { fields: { count: field(1, "uint64"), upper: field(2, "double"), exemplar: field(3, "Exemplar") } },
    Histogram: {
      fields: {
        count: field(1, "uint64"),
        sum: field(2, "double"),
        bucket: field(3, "Bucket", "repeated"),
        countFloat: field(4, "double"),
        schema: field(5, "sint32"),
        zeroThreshold: field(6, "double"),
        zeroCount: field(7, "uint64"),
        negativeSpan: field(9, "Span", "repeated"),
        negativeDelta: field(10, "sint64", "repeated"),
        positiveSpan: field(12, "Span", "repeated"),
        positiveDelta: field(13, "sint64", "repeated"),
        positiveCount: field(14, "double", "repeated"),
      },
    },
    Metric: {
      fields: {
        label: field(1, "Label", "repeated"),
        gauge: field(2, "Number"),
        counter: field(3, "Number"),
        summary: field(4, "Summary"),
        untyped: field(5, "Number"),
        timestampMs: field(6, "int64"),
        histogram: field(7, "Histogram"),
      },
    },
    Family: {
      fields: {
        name: field(1, "string"),
        help: field(2, "string"),
        type: field(3, "int32"),
        metric: field(4, "Metric", "repeated"),
        unit: field(5, "string"),
      },
    },
  },
})

function written(...families: readonly object[]): Uint8Array {
  const type = root.lookupType("Family")
  return Buffer.concat(families.map((family) => type.encodeDelimited(type.fromObject(family)).finish()))
}

const both = { native: true, classic: true }
const parsed = (bytes: Uint8Array, forms = both): string[] =>
  parseProtobuf(bytes, forms).samples.map(({ labels, value, timestamp }) => {
    const time = timestamp === undefined ? "" : ` @${String(timestamp)}`
    return `${labels.toString()} ${typeof value === "number" ? String(value) : formatHistogram(value)}${time}`
  })

describe("Prometheus' protobuf format", () => {
  test("counters, gauges, summaries and what has no type", () => {
    const exemplar = {
      label: [{ name: "trace_id", value: "x" }],
      value: 0.5,
      timestamp: { seconds: 1_700_000_000, nanos: 250_000_000 },
    }
    const bytes = written(
      {
        name: "c_total",
        help: "Help.",
        type: 0,
        metric: [{ label: [{ name: "a.b", value: "c" }], counter: { value: 5, exemplar } }],
      },
      { name: "g_seconds", type: 1, unit: "seconds", metric: [{ gauge: { value: -1.5 }, timestampMs: -5 }] },
      { name: "s", type: 2, metric: [{ summary: { count: 3, sum: 2, quantile: [{ quantile: 1, value: 7 }] } }] },
      { name: "u", type: 3, metric: [{ untyped: { value: 1 } }] },
    )
    expect(parsed(bytes)).toEqual([
      'c_total{a.b="c"} 5',
      "g_seconds{} -1.5 @-5",
      "s_count{} 3",
      "s_sum{} 2",
      's{quantile="1.0"} 7',
      "u{} 1",
    ])
    const { samples, metadata } = parseProtobuf(bytes, both)
    expect(samples[0]?.exemplar).toMatchObject({ value: 0.5, timestamp: 1_700_000_000_250 })
    expect([...metadata]).toEqual([
      ["c_total", { type: "counter", help: "Help.", unit: "" }],
      ["g_seconds", { type: "gauge", help: "", unit: "seconds" }],
      ["s", { type: "summary", help: "", unit: "" }],
      ["u", { type: "unknown", help: "", unit: "" }],
    ])
  })

  const histogram = {
    count: 20,
    sum: 12.5,
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 2,
    positiveSpan: [
      { offset: -1, length: 2 },
      { offset: 2, length: 1 },
    ],
    positiveDelta: [3, -2, 4],
    negativeSpan: [{ offset: 0, length: 1 }],
    negativeDelta: [9],
    bucket: [{ count: 12, upper: 1 }],
  }
  const native = "h{} {count:20, sum:12.5, [-1,-0.5):9, [-0.001,0.001]:2, (0.25,0.5]:3, (0.5,1]:1, (4,8]:5}"
  const classic = ["h_count{} 20", "h_sum{} 12.5", 'h_bucket{le="1.0"} 12', 'h_bucket{le="+Inf"} 20']
  const bytes = written({ name: "h", type: 4, metric: [{ histogram }] })

  test("histograms in the forms that are wanted", () => {
    expect(parsed(bytes)).toEqual([native, ...classic])
    expect(parsed(bytes, { native: true, classic: false })).toEqual([native])
    expect(parsed(bytes, { native: false, classic: false })).toEqual(classic)
  })

  test("gauge histograms with float counts", () => {
    const gauge = { countFloat: 7, sum: 1, schema: -1, positiveSpan: [{ offset: 1, length: 2 }], positiveCount: [3, 4] }
    const [sample] = parseProtobuf(written({ name: "g", type: 5, metric: [{ histogram: gauge }] }), both).samples
    expect(sample?.value).toMatchObject({ count: 7, resetHint: "gauge", positive: { indexes: [1, 2], counts: [3, 4] } })
  })

  test.each([
    [{ schema: 9 }, "histogram has an invalid schema, which must be between -4 and 8: 9"],
    [{ zeroThreshold: Number.NaN }, "zero bucket has threshold of NaN"],
    [{ positiveDelta: [3, -4, 6] }, "positive side: bucket number 2 has observation count of -1"],
    [{ positiveDelta: [3, -2] }, "positive side: spans need 3 buckets, have 2 buckets"],
    [{ count: 19 }, "20 observations found in buckets, but the Count field is 19"],
    // Observations of NaN are in no bucket.
    [{ count: 21, sum: Number.NaN }, undefined],
  ])("a histogram that can be none is refused: %j", (wrong, why) => {
    const read = () => parsed(written({ name: "h", type: 4, metric: [{ histogram: { ...histogram, ...wrong } }] }))
    if (why === undefined) expect(read).not.toThrow()
    else expect(read).toThrow(why)
  })

  test("bytes that are none are refused", () => {
    expect(() => parseProtobuf(bytes.subarray(0, 20), both)).toThrow(/no protobuf message/)
    expect(() => parseProtobuf(Buffer.from("# TYPE a counter\n"), both)).toThrow(/no protobuf message/)
  })
})
