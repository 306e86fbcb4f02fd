import type { Labels } from "@serin/promql"

/** An example of what a sample counts, such as a trace. Unix milliseconds. */
export interface Exemplar {
  readonly labels: Labels
  readonly value: number
  readonly time: number
}

export interface SeriesExemplars {
  readonly series: Labels
  readonly exemplars: readonly Exemplar[]
}

/** As many as Prometheus keeps by default; the oldest make room. */
const capacity = 100_000

/** The last exemplars, in the order in which they came. */
export class ExemplarStore {
  readonly #exemplars: { readonly series: Labels; readonly exemplar: Exemplar }[] = []
  /** Where the oldest stands, once all places are taken. */
  #next = 0
  readonly #last = new Map<string, Exemplar>()

  /** One that the series had last, or an older one, is not taken again. */
  add(series: Labels, exemplar: Exemplar): void {
    const last = this.#last.get(series.key)
    if (last !== undefined && exemplar.time <= last.time) return
    this.#last.set(series.key, exemplar)
    const replaced = this.#exemplars[this.#next]
    if (replaced !== undefined && this.#last.get(replaced.series.key) === replaced.exemplar)
      this.#last.delete(replaced.series.key)
    this.#exemplars[this.#next] = { series, exemplar }
    this.#next = (this.#next + 1) % capacity
  }

  /** By series, sorted by their labels, each series' by time. */
  within(start: number, end: number, wanted: (series: Labels) => boolean): SeriesExemplars[] {
    const found = new Map<string, { series: Labels; exemplars: Exemplar[] }>()
    for (const { series, exemplar } of this.#exemplars) {
      if (exemplar.time < start || exemplar.time > end || !wanted(series)) continue
      const entry = found.get(series.key) ?? { series, exemplars: [] }
      found.set(series.key, entry)
      entry.exemplars.push(exemplar)
    }
    return [...found.values()]
      .sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
      .map(({ series, exemplars }) => ({ series, exemplars: exemplars.sort((a, b) => a.time - b.time) }))
  }
}
