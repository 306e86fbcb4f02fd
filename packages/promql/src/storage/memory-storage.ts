import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"
import { matcherTest } from "./matcher-test.ts"
import { markStale } from "./stale.ts"
import type { Storage, StoredSeries } from "./storage.ts"

/** One series' samples in columns that grow by doubling; old ones are cut off in whole halves. */
class Series {
  times = new Float64Array(16)
  values = new Float64Array(16)
  /** From the first histogram on. */
  histograms: (FloatHistogram | undefined)[] | undefined
  length = 0
  readonly labels: Labels
  constructor(labels: Labels) {
    this.labels = labels
  }

  append(time: number, value: number | FloatHistogram | "stale"): boolean {
    const last = this.length === 0 ? Number.NEGATIVE_INFINITY : (this.times[this.length - 1] ?? 0)
    if (time <= last) return false
    if (this.length === this.times.length) {
      this.times = grown(this.times)
      this.values = grown(this.values)
    }
    this.times[this.length] = time
    if (value === "stale") markStale(this.values, this.length)
    else if (typeof value === "number") this.values[this.length] = value
    else {
      this.values[this.length] = value.sum
      this.histograms ??= []
      this.histograms[this.length] = value
    }
    this.length += 1
    return true
  }

  /** First index with a time above `time`. */
  after(time: number): number {
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.times[middle] ?? 0) > time) high = middle
      else low = middle + 1
    }
    return low
  }

  cut(before: number): void {
    const first = this.after(before - 1)
    if (first * 2 < this.length && this.length > 0) return
    this.times = this.times.slice(first, Math.max(this.length, first + 16))
    this.values = this.values.slice(first, Math.max(this.length, first + 16))
    this.histograms = this.histograms?.slice(first, this.length)
    this.length -= first
  }
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(16, column.length * 2))
  larger.set(column)
  return larger
}

/** As long as the range, where the last ones are no histograms. */
const padded = (histograms: (FloatHistogram | undefined)[], first: number, last: number) =>
  Array.from({ length: last - first }, (_, index) => histograms[first + index])

/** Samples in memory: a column pair per series, and an inverted index from label values to series. */
export class MemoryStorage implements Storage {
  readonly #series = new Map<string, Series>()
  /** label name → value → series. */
  readonly #index = new Map<string, Map<string, Set<Series>>>()

  /** Appends a sample; answers false when it is not newer than the series' last one. */
  append(labels: Labels, time: number, value: number | FloatHistogram | "stale"): boolean {
    let series = this.#series.get(labels.key)
    if (series === undefined) {
      series = new Series(labels)
      this.#series.set(labels.key, series)
      for (const [name, labelValue] of labels.pairs) this.#posting(name, labelValue).add(series)
    }
    return series.append(time, value)
  }

  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[] {
    const found: StoredSeries[] = []
    for (const series of this.#matching(matchers)) {
      const first = series.after(from)
      const last = series.after(to)
      if (last > first)
        found.push({
          labels: series.labels,
          read: () => ({
            times: series.times.subarray(first, last),
            values: series.values.subarray(first, last),
            ...(series.histograms === undefined ? {} : { histograms: padded(series.histograms, first, last) }),
          }),
        })
    }
    return found.sort((a, b) => (a.labels.key < b.labels.key ? -1 : 1))
  }

  /** Label sets of the series that match and have samples in `[from, to]`. */
  series(matchers: readonly Matcher[], from: number, to: number): Labels[] {
    return this.select(matchers, from - 1, to).map((series) => series.labels)
  }

  get seriesCount(): number {
    return this.#series.size
  }

  /** Forgets samples before `time` and series without any left. */
  retain(time: number): void {
    for (const [key, series] of this.#series) {
      series.cut(time)
      if (series.length > 0 && (series.times[series.length - 1] ?? 0) >= time) continue
      this.#series.delete(key)
      for (const [name, value] of series.labels.pairs) this.#forget(name, value, series)
    }
  }

  #posting(name: string, value: string): Set<Series> {
    const values = this.#index.get(name) ?? new Map<string, Set<Series>>()
    this.#index.set(name, values)
    const posting = values.get(value) ?? new Set<Series>()
    values.set(value, posting)
    return posting
  }

  #forget(name: string, value: string, series: Series): void {
    const values = this.#index.get(name)
    const posting = values?.get(value)
    posting?.delete(series)
    if (posting?.size === 0) values?.delete(value)
    if (values?.size === 0) this.#index.delete(name)
  }

  /** The smallest posting list that one matcher gives, filtered by all others. */
  #matching(matchers: readonly Matcher[]): Iterable<Series> {
    const tests = matchers.map((matcher) => ({ label: matcher.label, test: matcherTest(matcher) }))
    let smallest: Iterable<Series> | undefined
    let size = Number.POSITIVE_INFINITY
    for (const { label, test } of tests) {
      // A matcher that accepts "" also accepts series without the label: the index cannot serve it.
      if (test("")) continue
      const postings = [...(this.#index.get(label) ?? [])]
        .filter(([value]) => test(value))
        .map(([, posting]) => posting)
      const total = postings.reduce((sum, posting) => sum + posting.size, 0)
      if (total >= size) continue
      size = total
      smallest = postings.flatMap((posting) => [...posting])
    }
    return [...(smallest ?? this.#series.values())].filter((series) =>
      tests.every(({ label, test }) => test(series.labels.get(label))),
    )
  }
}
