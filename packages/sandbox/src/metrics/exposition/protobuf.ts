import { Labels, type FloatHistogram } from "@serin/promql"
import { Message } from "./message.ts"
import { isNative, nativeHistogram } from "./native-histogram.ts"
import { boundText } from "./normal-bound.ts"
import type { ExposedExemplar, ExposedSample, Exposition, MetricMetadata } from "./exposition.ts"
import { delimited } from "./wire.ts"

/** Which forms of a histogram that has both are taken. */
export interface HistogramForms {
  readonly native: boolean
  readonly classic: boolean
}

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
        ...(takesNative ? [sample("", nativeHistogram(histogram, type), [], histogram.messages(16).at(-1))] : []),
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
