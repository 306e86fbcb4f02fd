import { Labels, type Buckets, type FloatHistogram } from "@serin/promql"
import { boundText } from "./normal-bound.ts"
import type { ExposedExemplar, ExposedSample, Exposition, MetricMetadata } from "./exposition.ts"
import { delimited, unpacked, wireFields, zigzag, type WireField } from "./wire.ts"

/** Which forms of a histogram that has both are taken. */
export interface HistogramForms {
  readonly native: boolean
  readonly classic: boolean
}

type Value = WireField["value"]

const types = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"] as const

/** Parses Prometheus' protobuf format: messages `io.prometheus.client.MetricFamily`, one after the other. Throws ExpositionError. */
export function parseProtobuf(bytes: Uint8Array, forms: HistogramForms): Exposition {
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  for (const message of delimited(bytes)) {
    const family = new Message(message)
    const name = family.text(1)
    const type = types[family.whole(3)] ?? "unknown"
    metadata.set(name, { type, help: family.text(2), unit: family.text(5) })
    for (const metric of family.messages(4)) samples.push(...metricSamples(name, type, metric, forms))
  }
  return { samples, metadata }
}

class Message {
  readonly #fields: readonly WireField[]

  constructor(bytes: Uint8Array) {
    this.#fields = wireFields(bytes)
  }

  all(number: number): Value[] {
    return this.#fields.filter((field) => field.number === number).map(({ value }) => value)
  }

  has(number: number): boolean {
    return this.#fields.some((field) => field.number === number)
  }

  text(number: number): string {
    const value = this.all(number).at(-1)
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : ""
  }

  /** A negative one is written as its complement. */
  whole(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0
  }

  signed(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "bigint" ? zigzag(value) : 0
  }

  float(number: number): number {
    const value = this.all(number).at(-1)
    return typeof value === "number" ? value : 0
  }

  messages(number: number): Message[] {
    return this.all(number).flatMap((value) => (value instanceof Uint8Array ? [new Message(value)] : []))
  }

  message(number: number): Message | undefined {
    return this.messages(number).at(-1)
  }
}

function metricSamples(name: string, type: string, metric: Message, forms: HistogramForms): ExposedSample[] {
  const pairs = labelPairs(metric.messages(1))
  const timestamp = metric.has(6) ? metric.whole(6) : undefined
  const sample = (
    suffix: string,
    value: number | FloatHistogram,
    more: readonly (readonly [string, string])[] = [],
    exemplar?: Message,
  ): ExposedSample => ({
    labels: Labels.from([...pairs, ...more, ["__name__", name + suffix]]),
    emptied: pairs.flatMap(([label, text]) => (text === "" ? [label] : [])),
    value,
    ...(timestamp !== undefined && { timestamp }),
    ...(exemplar !== undefined && { exemplar: exemplarOf(exemplar) }),
  })
  switch (type) {
    case "counter": {
      const counter = metric.message(3)
      return [sample("", counter?.float(1) ?? 0, [], counter?.message(2))]
    }
    case "gauge":
      return [sample("", metric.message(2)?.float(1) ?? 0)]
    case "summary":
      return summarySamples(metric.message(4), sample)
    case "histogram":
    case "gaugehistogram": {
      const histogram = metric.message(7)
      if (histogram === undefined) return []
      const takesNative = forms.native && isNative(histogram)
      return [
        ...(takesNative ? [sample("", nativeOf(histogram, type), [], histogram.messages(16).at(-1))] : []),
        ...(takesNative && !(forms.classic && histogram.has(3)) ? [] : classicSamples(histogram, sample)),
      ]
    }
    default:
      return [sample("", metric.message(5)?.float(1) ?? 0)]
  }
}

type MakeSample = (
  suffix: string,
  value: number,
  more?: readonly (readonly [string, string])[],
  exemplar?: Message,
) => ExposedSample

function summarySamples(summary: Message | undefined, sample: MakeSample): ExposedSample[] {
  if (summary === undefined) return []
  return [
    sample("_count", summary.whole(1)),
    sample("_sum", summary.float(2)),
    ...summary
      .messages(3)
      .map((quantile) => sample("", quantile.float(2), [["quantile", boundText(quantile.float(1))]])),
  ]
}

function classicSamples(histogram: Message, sample: MakeSample): ExposedSample[] {
  const count = histogram.float(4) > 0 ? histogram.float(4) : histogram.whole(1)
  const buckets = histogram.messages(3)
  const bucket = (upper: number, value: number, exemplar?: Message): ExposedSample =>
    sample("_bucket", value, [["le", boundText(upper)]], exemplar)
  const hasLast = buckets.some((one) => one.float(2) === Number.POSITIVE_INFINITY)
  return [
    sample("_count", count),
    sample("_sum", histogram.float(2)),
    ...buckets.map((one) => bucket(one.float(2), one.float(4) > 0 ? one.float(4) : one.whole(1), one.message(3))),
    ...(hasLast ? [] : [bucket(Number.POSITIVE_INFINITY, count)]),
  ]
}

const isNative = (histogram: Message): boolean =>
  histogram.has(9) || histogram.has(12) || histogram.float(6) > 0 || histogram.whole(7) > 0 || histogram.float(8) > 0

function nativeOf(histogram: Message, type: string): FloatHistogram {
  const isFloat = histogram.float(4) > 0 || histogram.float(8) > 0
  return {
    schema: histogram.signed(5),
    zeroThreshold: histogram.float(6),
    zeroCount: isFloat ? histogram.float(8) : histogram.whole(7),
    count: isFloat ? histogram.float(4) : histogram.whole(1),
    sum: histogram.float(2),
    positive: bucketsOf(histogram.messages(12), countsOf(histogram, 13, 14)),
    negative: bucketsOf(histogram.messages(9), countsOf(histogram, 10, 11)),
    customBounds: [],
    resetHint: type === "gaugehistogram" ? "gauge" : "unknown",
  }
}

/** Whole counts come as differences, each from the one before it; floats as they are. */
function countsOf(histogram: Message, deltas: number, floats: number): number[] {
  const absolute = histogram.all(floats).flatMap((value) => unpacked(value, "double"))
  if (absolute.length > 0) return absolute.map(Number)
  let count = 0
  return histogram
    .all(deltas)
    .flatMap((value) => unpacked(value, "varint"))
    .map((delta) => (count += zigzag(BigInt(delta))))
}

/** Spans say how many buckets lie side by side, and how far they lie from those before. */
function bucketsOf(spans: readonly Message[], counts: readonly number[]): Buckets {
  const indexes: number[] = []
  let next = 0
  for (const span of spans) {
    next += span.signed(1)
    for (let length = span.whole(2); length > 0 && indexes.length < counts.length; length -= 1) {
      indexes.push(next)
      next += 1
    }
  }
  const filled = indexes
    .map((index, position) => [index, counts[position] ?? 0] as const)
    .filter(([, count]) => count !== 0)
  return { indexes: filled.map(([index]) => index), counts: filled.map(([, count]) => count) }
}

function exemplarOf(exemplar: Message): ExposedExemplar {
  const time = exemplar.message(3)
  return {
    labels: Labels.from(labelPairs(exemplar.messages(1))),
    value: exemplar.float(2),
    ...(time !== undefined && { timestamp: time.whole(1) * 1000 + Math.floor(time.whole(2) / 1e6) }),
  }
}

const labelPairs = (pairs: readonly Message[]): (readonly [string, string])[] =>
  pairs.map((pair) => [pair.text(1), pair.text(2)] as const)
