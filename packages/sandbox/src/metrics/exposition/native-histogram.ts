import type { Buckets, FloatHistogram } from "@serin/promql"
import { ExpositionError } from "./exposition-error.ts"
import type { Message } from "./message.ts"
import { unpacked, zigzag } from "./wire.ts"

export const isNative = (histogram: Message): boolean =>
  histogram.has(9) || histogram.has(12) || histogram.float(6) > 0 || histogram.whole(7) > 0 || histogram.float(8) > 0

/** A native histogram as a target writes it (client_model, `Histogram`). Throws ExpositionError when it can be none. */
export function nativeHistogram(histogram: Message, type: string): FloatHistogram {
  const isFloat = histogram.float(4) > 0 || histogram.float(8) > 0
  const schema = histogram.signed(5)
  if (schema < -4 || schema > 8)
    throw new ExpositionError(`histogram has an invalid schema, which must be between -4 and 8: ${String(schema)}`)
  const native: FloatHistogram = {
    schema,
    zeroThreshold: notNegative("zero bucket", "threshold", histogram.float(6)),
    zeroCount: notNegative("zero bucket", "observation count", isFloat ? histogram.float(8) : histogram.whole(7)),
    count: notNegative("histogram", "count", isFloat ? histogram.float(4) : histogram.whole(1)),
    sum: histogram.float(2),
    positive: bucketsOf("positive", histogram.messages(12), countsOf(histogram, 13, 14)),
    negative: bucketsOf("negative", histogram.messages(9), countsOf(histogram, 10, 11)),
    customBounds: [],
    resetHint: type === "gaugehistogram" ? "gauge" : "unknown",
  }
  if (!isFloat) allCounted(native)
  return native
}

/** What a NaN threshold or a negative count leads to, no query could make sense of. */
function notNegative(where: string, what: string, value: number): number {
  if (value >= 0) return value
  throw new ExpositionError(`${where} has ${what} of ${String(value)}`)
}

/** Whole counts add up, but for observations of NaN, which are in no bucket; floats need not to the last digit. */
function allCounted({ count, sum, zeroCount, positive, negative }: FloatHistogram): void {
  const found = [...positive.counts, ...negative.counts].reduce((total, one) => total + one, zeroCount)
  if (Number.isNaN(sum) ? found <= count : found === count) return
  throw new ExpositionError(`${String(found)} observations found in buckets, but the Count field is ${String(count)}`)
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
function bucketsOf(side: string, spans: readonly Message[], counts: readonly number[]): Buckets {
  const needed = spans.reduce((total, span) => total + span.whole(2), 0)
  if (needed !== counts.length)
    throw new ExpositionError(
      `${side} side: spans need ${String(needed)} buckets, have ${String(counts.length)} buckets`,
    )
  const indexes: number[] = []
  let next = 0
  for (const span of spans) {
    next += span.signed(1)
    for (let length = span.whole(2); length > 0; length -= 1) indexes.push(next++)
  }
  counts.forEach((count, position) =>
    notNegative(`${side} side: bucket number ${String(position + 1)}`, "observation count", count),
  )
  const filled = indexes
    .map((index, position) => [index, counts[position] ?? 0] as const)
    .filter(([, count]) => count !== 0)
  return { indexes: filled.map(([index]) => index), counts: filled.map(([, count]) => count) }
}
