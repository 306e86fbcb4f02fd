import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"
import { isStale } from "../storage/stale.ts"
import type { Samples, Storage, StoredSeries } from "../storage/storage.ts"

/** The series that the selectors of one query find. What is selected twice is looked up and decoded once. */
export class Selections {
  readonly #storage: Storage
  readonly #found = new Map<string, readonly StoredSeries[]>()
  readonly #spend: (samples: number) => void

  constructor(storage: Storage, spend: (samples: number) => void) {
    this.#storage = storage
    this.#spend = spend
  }

  /** Series with samples in `(from, to]`. `again`: it will be asked for once more. */
  select(matchers: readonly Matcher[], from: number, to: number, again: boolean): readonly StoredSeries[] {
    const key = JSON.stringify([matchers, from, to])
    const known = this.#found.get(key)
    if (known !== undefined) return known
    const series = this.#storage.select(matchers, from, to).map((found) => new Counted(found, this.#spend, again))
    if (again) this.#found.set(key, series)
    return series
  }
}

class Counted implements StoredSeries {
  readonly #series: StoredSeries
  readonly #spend: (samples: number) => void
  readonly #again: boolean
  #samples: Samples | undefined

  constructor(series: StoredSeries, spend: (samples: number) => void, again: boolean) {
    this.#series = series
    this.#spend = spend
    this.#again = again
  }

  get labels(): Labels {
    return this.#series.labels
  }

  read(): Samples {
    if (this.#samples !== undefined) return this.#samples
    const samples = this.#series.read()
    this.#spend(samples.times.length)
    if (this.#again) this.#samples = samples
    return samples
  }
}

/** The samples without stale markers, which say that there is none. */
export function withoutStale(samples: Samples): Samples {
  const { times, values, histograms } = samples
  let stale = 0
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0
    if (value !== value && isStale(values, index)) stale += 1
  }
  return stale === 0
    ? samples
    : pick({ times, values, ...(histograms && { histograms }) }, (index) => !isStale(values, index))
}

/** Only the samples for which `wanted` holds. */
export function pick({ times, values, histograms }: Samples, wanted: (index: number) => boolean): Samples {
  const kept: number[] = []
  for (let index = 0; index < times.length; index += 1) if (wanted(index)) kept.push(index)
  const picked = {
    times: Float64Array.from(kept, (index) => times[index] ?? 0),
    values: Float64Array.from(kept, (index) => values[index] ?? 0),
  }
  return histograms ? { ...picked, histograms: kept.map((index) => histograms[index]) } : picked
}
