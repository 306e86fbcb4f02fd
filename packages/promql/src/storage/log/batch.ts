import { Labels } from "../../labels.ts"
import { ByteReader, ByteWriter } from "../byte-code.ts"
import { HistogramWriter, readHistograms } from "../histogram-code.ts"
import type { StoredValue } from "../memory-storage.ts"

// A record holds what was appended up to a commit: the series that are new in the segment, then the samples. Series count from 0
// in each segment, in the order in which they come, so that a segment can be read, and removed, without any other.

/** What a sample is; told together with how far its series is from that of the sample before. */
const kinds = { float: 0, stale: 1, histogram: 2 } as const
const kindCount = 4

export class BatchWriter {
  readonly #series = new ByteWriter()
  readonly #samples = new ByteWriter()
  #seriesCount = 0
  #sampleCount = 0
  #number = 0
  #time = 0

  /** Bytes so far. */
  get length(): number {
    return this.#series.length + this.#samples.length
  }

  addSeries({ pairs }: Labels): void {
    this.#series.whole(pairs.length)
    for (const [name, value] of pairs) {
      this.#series.text(name)
      this.#series.text(value)
    }
    this.#seriesCount += 1
  }

  addSample(number: number, time: number, value: StoredValue): void {
    const kind = value === "stale" ? kinds.stale : typeof value === "number" ? kinds.float : kinds.histogram
    const out = this.#samples
    const apart = number - this.#number
    out.whole((apart >= 0 ? apart * 2 : -apart * 2 - 1) * kindCount + kind)
    out.signed(time - this.#time)
    if (typeof value === "number") out.number(value, 0)
    else if (value !== "stale") {
      const histogram = new HistogramWriter()
      histogram.write(value)
      out.double(value.sum)
      out.whole(histogram.bytes.length)
      out.append(histogram.bytes)
    }
    this.#number = number
    this.#time = time
    this.#sampleCount += 1
  }

  /** The record; undefined when there is nothing to tell. Begins anew. */
  take(): Uint8Array | undefined {
    if (this.#sampleCount === 0) return undefined
    const record = new ByteWriter()
    record.whole(this.#seriesCount)
    record.append(this.#series.bytes)
    record.whole(this.#sampleCount)
    record.append(this.#samples.bytes)
    this.#series.clear()
    this.#samples.clear()
    this.#seriesCount = 0
    this.#sampleCount = 0
    this.#number = 0
    this.#time = 0
    return record.bytes
  }
}

type Append = (labels: Labels, time: number, value: StoredValue) => void

/** Reads a record; `series` are those of its segment so far, and grows. Throws RangeError when it is not what was written. */
export function readBatch(record: Uint8Array, series: Labels[], append: Append): void {
  const input = new ByteReader(record)
  for (let left = input.whole(); left > 0; left -= 1) {
    const pairs = Array.from({ length: input.whole() }, (): readonly [string, string] => [input.text(), input.text()])
    series.push(Labels.sorted(pairs))
  }
  let number = 0
  let time = 0
  for (let left = input.whole(); left > 0; left -= 1) {
    const head = input.whole()
    const kind = head % kindCount
    const zigzag = (head - kind) / kindCount
    number += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    time += input.signed()
    const labels = series[number]
    if (labels === undefined) throw new RangeError(`the log names series ${String(number)}, which it has not told of`)
    append(labels, time, readValue(input, kind))
  }
}

function readValue(input: ByteReader, kind: number): StoredValue {
  if (kind === kinds.float) return input.number(0)
  if (kind === kinds.stale) return "stale"
  const sum = input.double()
  const [histogram] = readHistograms(input.take(input.whole()), [sum])
  if (histogram === undefined) throw new RangeError("the log has an empty histogram")
  return histogram
}
