import type { FloatHistogram } from "../histogram/float-histogram.ts"
import { Blocks, none, room } from "./blocks.ts"
import { TimeWriter, ValueWriter } from "./code-writer.ts"
import { readTimes, readValues } from "./code-reader.ts"
import { code } from "./code.ts"
import { grown } from "./columns.ts"
import { HistogramWriter, readHistograms } from "./histogram-code.ts"
import { ReadMemory } from "./read-memory.ts"
import type { Samples } from "./storage.ts"

/** Which codes at an open block's ends may count on in place. */
const [timeRun, valueRun] = [1, 2] as const

/** The samples of series, which are numbers. Each has a chain of blocks; the last is open, and what is needed to go on with it is kept in columns. */
export class SampleStore {
  readonly #blocks = new Blocks()
  /** Of blocks with histograms in them; of open ones what they are written with. */
  readonly #histograms = new Map<number, Uint8Array | HistogramWriter>()
  readonly #time = new TimeWriter()
  readonly #value = new ValueWriter()
  readonly #reading = new ReadMemory()
  #first = new Uint32Array(0)
  #open = new Uint32Array(0)
  #runs = new Uint8Array(0)
  #times = new Float64Array(0)
  #distances = new Float64Array(0)
  /** Two words a series: low, high. */
  #values = new Uint32Array(0)
  #wholes = new Float64Array(0)
  #places = new Uint8Array(0)

  /** Begins a series, without samples. */
  begin(id: number): void {
    if (id >= this.#first.length) this.#grow(id + 1)
    this.#first[id] = none
    this.#open[id] = none
    this.#times[id] = Number.NEGATIVE_INFINITY
  }

  /** −Infinity without samples. */
  lastTime(id: number): number {
    return this.#times[id] ?? Number.NEGATIVE_INFINITY
  }

  /** Whether it may have samples in `(after, to]`: it begins before the end and ends behind the beginning. */
  spans(id: number, after: number, to: number): boolean {
    return this.lastTime(id) > after && this.#firstTime(id) <= to
  }

  /** Whether it has. */
  has(id: number, after: number, to: number): boolean {
    if (!this.spans(id, after, to)) return false
    return this.#firstTime(id) > after || this.lastTime(id) <= to || this.read(id, after, to).times.length > 0
  }

  /** Appends a sample that is newer than all of the series, its value as bits. */
  append(id: number, time: number, low: number, high: number, histogram: FloatHistogram | undefined): void {
    let block = this.#open[id] ?? none
    this.#restore(id)
    this.#value.write(low, high, histogram !== undefined)
    if (block === none || !this.#time.write(time) || !this.#put(block, this.#runs[id] ?? 0, id)) {
      const opened = this.#blocks.open(time)
      if (block === none) this.#first[id] = opened
      else this.#seal(block, opened)
      block = opened
      this.#open[id] = block
      this.#restart(time)
      this.#value.write(low, high, histogram !== undefined)
      this.#put(block, 0, id)
    }
    if (histogram !== undefined) this.#writeHistogram(block, histogram)
    this.#times[id] = time
    this.#distances[id] = this.#time.distance
    this.#values[id * 2] = low
    this.#values[id * 2 + 1] = high
    this.#wholes[id] = this.#value.whole
    this.#places[id] = this.#value.places
  }

  /** The samples in `(from, to]`. */
  read(id: number, from: number, to: number): Samples {
    let begin = this.#first[id] ?? none
    for (let next = begin; next !== none && this.#blocks.firstTime(next) <= from; next = this.#blocks.next(next))
      begin = next
    let count = 0
    let end = begin
    for (; end !== none && this.#blocks.firstTime(end) <= to; end = this.#blocks.next(end))
      count += this.#blocks.count(end)
    const { doubles, words, at } = this.#reading.take(count * 2)
    const valuesAt = at + count
    let histograms: (FloatHistogram | undefined)[] | undefined
    let index = 0
    for (let block = begin; block !== end; block = this.#blocks.next(block)) {
      const bytes = this.#blocks.bytes(block)
      const samples = this.#blocks.count(block)
      readTimes(bytes, this.#blocks.timesAt(block), samples, this.#blocks.firstTime(block), doubles, at + index)
      const marked = readValues(bytes, this.#blocks.valuesAt(block), samples, doubles, words, valuesAt + index)
      if (marked !== undefined) {
        histograms ??= Array.from({ length: count }, () => undefined)
        const sums = marked.map((place) => doubles[place] ?? 0)
        for (const [nth, histogram] of readHistograms(this.#histogramBytes(block), sums).entries())
          histograms[(marked[nth] ?? 0) - valuesAt] = histogram
      }
      index += samples
    }
    const first = countUpTo(doubles, at, count, from)
    const last = countUpTo(doubles, at, count, to)
    return {
      times: doubles.subarray(at + first, at + last),
      values: doubles.subarray(valuesAt + first, valuesAt + last),
      ...(histograms !== undefined && { histograms: histograms.slice(first, last) }),
    }
  }

  /** Forgets blocks of which all samples are older than `time`; the open one stays. */
  cut(id: number, time: number): void {
    let first = this.#first[id] ?? none
    while (first !== this.#open[id]) {
      const next = this.#blocks.next(first)
      if (this.#blocks.firstTime(next) > time) break
      first = this.#forget(first)
    }
    this.#first[id] = first
  }

  /** Forgets all of a series. */
  drop(id: number): void {
    for (let block = this.#first[id] ?? none; block !== none;) block = this.#forget(block)
    this.begin(id)
  }

  #firstTime(id: number): number {
    const first = this.#first[id] ?? none
    return first === none ? Number.POSITIVE_INFINITY : this.#blocks.firstTime(first)
  }

  #forget(block: number): number {
    this.#histograms.delete(block)
    return this.#blocks.close(block)
  }

  /** Puts what the writers coded into a block, its first sample without a time; answers false when there is no room. */
  #put(block: number, runs: number, id: number): boolean {
    const [blocks, value, time] = [this.#blocks, this.#value, this.#time]
    const bytes = blocks.bytes(block)
    const count = blocks.count(block)
    let [valueBytes, timeBytes] = [blocks.valueBytes(block), blocks.timeBytes(block)]
    const lastValue = blocks.valuesAt(block) + valueBytes - 1
    const lastTime = blocks.timesAt(block) - timeBytes
    const valueCounts = value.again && (runs & valueRun) !== 0 && bytes[lastValue] !== code.lastAgain
    const timeCounts = time.again && (runs & timeRun) !== 0 && bytes[lastTime] !== code.lastAgain
    const [moreValue, moreTime] = [valueCounts ? 0 : value.length, timeCounts || count === 0 ? 0 : time.length]
    if (valueBytes + timeBytes + moreValue + moreTime > room || count === 0xffff) return false
    if (valueCounts) bytes[lastValue] = (bytes[lastValue] ?? 0) + 1
    if (timeCounts) bytes[lastTime] = (bytes[lastTime] ?? 0) + 1
    for (let index = 0; index < moreValue; index += 1) bytes[lastValue + 1 + index] = value.bytes[index] ?? 0
    for (let index = 0; index < moreTime; index += 1) bytes[lastTime - 1 - index] = time.bytes[index] ?? 0
    valueBytes += moreValue
    timeBytes += moreTime
    blocks.setValueBytes(block, valueBytes)
    blocks.setTimeBytes(block, timeBytes)
    blocks.setCount(block, count + 1)
    this.#runs[id] = (value.again ? valueRun : 0) | (time.again && count > 0 ? timeRun : 0)
    return true
  }

  /** Sets the writers to where the series' open block ends. */
  #restore(id: number): void {
    this.#time.time = this.#times[id] ?? 0
    this.#time.distance = this.#distances[id] ?? 0
    this.#value.low = this.#values[id * 2] ?? 0
    this.#value.high = this.#values[id * 2 + 1] ?? 0
    this.#value.whole = this.#wholes[id] ?? 0
    this.#value.places = this.#places[id] ?? 0
  }

  /** Sets them to where a block begins. */
  #restart(time: number): void {
    this.#time.time = time
    this.#time.distance = 0
    this.#time.again = false
    this.#value.low = 0
    this.#value.high = 0
    this.#value.whole = 0
    this.#value.places = 0
  }

  #writeHistogram(block: number, histogram: FloatHistogram): void {
    let writer = this.#histograms.get(block)
    if (!(writer instanceof HistogramWriter)) this.#histograms.set(block, (writer = new HistogramWriter()))
    writer.write(histogram)
  }

  #histogramBytes(block: number): Uint8Array {
    const written = this.#histograms.get(block) ?? new Uint8Array()
    return written instanceof HistogramWriter ? written.bytes : written
  }

  /** A block is full and goes on with another: only what it holds is kept. */
  #seal(block: number, next: number): void {
    this.#blocks.link(block, next)
    if (this.#histograms.has(block)) this.#histograms.set(block, this.#histogramBytes(block).slice())
  }

  #grow(length: number): void {
    this.#first = grown(this.#first, length)
    this.#open = grown(this.#open, length)
    this.#runs = grown(this.#runs, length)
    this.#times = grown(this.#times, length)
    this.#distances = grown(this.#distances, length)
    // Two words a series: as many as the other columns have room for, which is more than was asked for.
    this.#values = grown(this.#values, this.#first.length * 2)
    this.#wholes = grown(this.#wholes, length)
    this.#places = grown(this.#places, length)
  }
}

/** How many of `count` rising times from `at` on are not above `time`. */
function countUpTo(times: Float64Array, at: number, count: number, time: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[at + middle] ?? 0) > time) high = middle
    else low = middle + 1
  }
  return low
}
