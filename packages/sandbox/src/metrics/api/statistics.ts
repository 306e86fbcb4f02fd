import type { Matcher, Samples, Storage, StoredSeries } from "@serin/promql"

/** A storage that counts what a query reads of it. */
export class CountingStorage implements Storage {
  series = 0
  samples = 0
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[] {
    const found = this.#storage.select(matchers, from, to)
    this.series += found.length
    return found.map((series) => ({ labels: series.labels, read: () => this.#counted(series.read()) }))
  }

  #counted(samples: Samples): Samples {
    this.samples += samples.times.length
    return samples
  }
}

/** What is measured of a query, as `stats` asks for it. Milliseconds. */
export const statistics = ({ series, samples }: CountingStorage, duration: number): object => ({
  timings: { evalTotalTime: duration / 1000, execTotalTime: duration / 1000 },
  samples: { samplesRead: samples, seriesTouched: series },
})
