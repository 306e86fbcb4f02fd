import type { Labels } from "@serin/promql"

/** What a text like `http_requests_total{code="200"}` says. */
export interface NamedSeries {
  readonly labels: Labels
  /** Names of labels that are said to be empty: where labels are honored, a target's label does not fill them. */
  readonly emptied: readonly string[]
}

interface Known extends NamedSeries {
  /** Of the metric, by which bounds are written alike. */
  readonly type: string
  round: number
}

/**
 * The series that a target named the last time, by their texts. Most of what a target exposes it exposes again: what is found
 * here need not be taken apart again, and its labels are the same object each time, by which others know it again too.
 */
export class SeriesTexts {
  readonly #known = new Map<string, Known>()
  #openMetrics = false
  #round = 0
  /** How many of them this round has named. */
  #named = 0

  /** Begins an exposition. Of another format the same text may say something else. */
  begin(openMetrics: boolean): void {
    if (openMetrics !== this.#openMetrics) this.#known.clear()
    this.#openMetrics = openMetrics
    this.#round += 1
    this.#named = 0
  }

  find(text: string, type: string): NamedSeries | undefined {
    const known = this.#known.get(text)
    if (known?.type !== type) return undefined
    if (known.round !== this.#round) this.#named += 1
    known.round = this.#round
    return known
  }

  add(text: string, type: string, { labels, emptied }: NamedSeries): void {
    const before = this.#known.get(text)
    if (before?.round !== this.#round) this.#named += 1
    this.#known.set(text, { labels, emptied, type, round: this.#round })
  }

  /** Forgets what the exposition, as far as it could be read, has not named. */
  end(): void {
    if (this.#known.size === this.#named) return
    for (const [text, { round }] of this.#known) if (round !== this.#round) this.#known.delete(text)
  }
}
