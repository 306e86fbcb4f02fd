import { formatDecimal } from "../../format.ts"
import { formatHistogram } from "../../histogram/print.ts"
import type { Aggregation } from "../../parser/ast.ts"
import type { Aggregator, CallContext } from "../call-context.ts"
import { absent, emptyColumn, put, type Column } from "../grid.ts"
import { groupingOf, type Grouping } from "./group-labels.ts"

/** `count_values`: a series for each value, which is a label of it, and may take the place of one that the series had. */
export class CountValues implements Aggregator {
  readonly keeps = false
  readonly #label: string
  readonly #grouping: Grouping
  readonly #context: CallContext
  readonly #results = new Map<string, Column>()

  constructor(label: string, { without, labels }: Aggregation, context: CallContext) {
    this.#label = label
    this.#grouping = groupingOf({ without, labels: without ? labels : [...labels, label] })
    this.#context = context
  }

  add({ labels, values, present, histograms }: Column): void {
    const ofValue = new Map<string, Column>()
    for (let step = 0; step < present.length; step += 1) {
      if (present[step] === absent) continue
      const histogram = histograms?.[step]
      const text = histogram === undefined ? formatDecimal(values[step] ?? 0) : formatHistogram(histogram)
      let result = ofValue.get(text)
      if (result === undefined) {
        result = this.#result(labels.with(this.#label, text))
        ofValue.set(text, result)
      }
      put(result, step, (result.values[step] ?? 0) + 1)
    }
  }

  #result(labels: Column["labels"]): Column {
    const key = this.#grouping.key(labels)
    const known = this.#results.get(key)
    if (known !== undefined) return known
    this.#context.spend(this.#context.grid.count)
    const result = emptyColumn(this.#grouping.labels(labels), this.#context.grid.count)
    this.#results.set(key, result)
    return result
  }

  finish(): Column[] {
    return [...this.#results.values()]
  }
}
