import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"
import { highOf, lowOf } from "./bits.ts"
import { matching } from "./matching.ts"
import type { Ids } from "./postings.ts"
import { hintAfter } from "./reset-hint.ts"
import { SampleStore } from "./sample-store.ts"
import { SeriesTable } from "./series-table.ts"
import { staleHigh, staleLow } from "./stale.ts"
import type { Samples, Storage, StoredSeries } from "./storage.ts"

/** Times are whole milliseconds of what a Date can tell. */
const lastTime = 8.64e15

/** Is told of what is stored and forgotten, so that it can be stored again. */
export interface Journal {
  /** A series is the same id until it is forgotten; then the id may be another's. */
  sample(id: number, labels: Labels, time: number, value: StoredValue): void
  /** Samples before `time` are not wanted any more, nor are these series. */
  retain(time: number, gone: Ids): void
  /** What was told so far belongs together and is to last. */
  commit(): void
  close(): void
}

/** What a series has at a time. A stale marker ends it. */
export type StoredValue = number | "stale" | FloatHistogram

/** Samples in memory, compressed, and an inverted index from labels' values to series. */
export class MemoryStorage implements Storage {
  readonly #series = new SeriesTable()
  readonly #samples = new SampleStore()
  /** The last samples of series that ended in a histogram. */
  readonly #lastHistograms = new Map<number, FloatHistogram>()
  #journal: Journal | undefined
  /** No sample is older. */
  #oldest = Number.NEGATIVE_INFINITY

  /**
   * Appends a sample (Unix milliseconds, whole); answers false when it is not newer than the series' last one, or older than
   * what is retained.
   */
  append(labels: Labels, time: number, value: StoredValue): boolean {
    if (!Number.isInteger(time) || Math.abs(time) > lastTime)
      throw new RangeError(`a sample's time is a whole number of milliseconds, not ${String(time)}`)
    if (time < this.#oldest) return false
    const { id, isNew } = this.#series.take(labels)
    if (isNew) this.#samples.begin(id)
    if (time <= this.#samples.lastTime(id)) return false
    if (value === "stale") this.#samples.append(id, time, staleLow, staleHigh, undefined)
    else if (typeof value === "number") this.#samples.append(id, time, lowOf(value), highOf(value), undefined)
    else this.#samples.append(id, time, lowOf(value.sum), highOf(value.sum), this.#continued(id, value))
    if (typeof value !== "object") this.#lastHistograms.delete(id)
    this.#journal?.sample(id, labels, time, value)
    return true
  }

  /** From now on this journal is told. */
  keep(journal: Journal): void {
    this.#journal = journal
  }

  /** To be called when what was appended since the last time belongs together, as after a scrape: a journal writes it then. */
  commit(): void {
    this.#journal?.commit()
  }

  /** Ends the journal, if there is one. */
  close(): void {
    this.#journal?.close()
    this.#journal = undefined
  }

  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[] {
    const after = Math.max(from, this.#oldest - 1)
    const found = matching(this.#series, matchers).filter((id) => this.#samples.spans(id, after, to))
    const ids = this.#series.ordered(found)
    return Array.from(ids, (id) => new Selected(this.#series, this.#samples, id, after, to))
  }

  /** Label sets of the series that match and have samples in `[from, to]`, by labels. */
  series(matchers: readonly Matcher[], from: number, to: number): Labels[] {
    const ids = this.#series.ordered(this.#having(matchers, from, to))
    return Array.from(ids, (id) => this.#series.labelsOf(id))
  }

  /** Names of labels that these series have, sorted. */
  labelNames(matchers: readonly Matcher[], from: number, to: number): string[] {
    return [...this.#series.namesOf(this.#having(matchers, from, to))].sort()
  }

  /** Values that these series have for a label, sorted. */
  labelValues(name: string, matchers: readonly Matcher[], from: number, to: number): string[] {
    return [...this.#series.valuesOf(name, this.#having(matchers, from, to))].sort()
  }

  get seriesCount(): number {
    return this.#series.size
  }

  /** Forgets samples before `time` and series without any left. What was selected before must not be read any more. */
  retain(time: number): void {
    this.#oldest = Math.max(this.#oldest, time)
    const gone = this.#series.ids().filter((id) => this.#samples.lastTime(id) < time)
    for (const id of gone) {
      this.#samples.drop(id)
      this.#lastHistograms.delete(id)
    }
    this.#series.remove(gone)
    for (const id of this.#series.ids()) this.#samples.cut(id, time)
    this.#journal?.retain(time, gone)
  }

  /** The histogram with what is known of a reset before it. */
  #continued(id: number, histogram: FloatHistogram): FloatHistogram {
    const continued = { ...histogram, resetHint: hintAfter(this.#lastHistograms.get(id), histogram) }
    this.#lastHistograms.set(id, continued)
    return continued
  }

  /** The series that match and have samples in `[from, to]`. */
  #having(matchers: readonly Matcher[], from: number, to: number): Ids {
    const after = Math.max(from, this.#oldest) - 1
    return matching(this.#series, matchers).filter((id) => this.#samples.has(id, after, to))
  }
}

class Selected implements StoredSeries {
  readonly #series: SeriesTable
  readonly #samples: SampleStore
  readonly #id: number
  readonly #from: number
  readonly #to: number
  #labels: Labels | undefined

  constructor(series: SeriesTable, samples: SampleStore, id: number, from: number, to: number) {
    this.#series = series
    this.#samples = samples
    this.#id = id
    this.#from = from
    this.#to = to
  }

  get labels(): Labels {
    this.#labels ??= this.#series.labelsOf(this.#id)
    return this.#labels
  }

  /** A function of its own, so that it can be taken out of the series. */
  readonly read = (): Samples => this.#samples.read(this.#id, this.#from, this.#to)
}
