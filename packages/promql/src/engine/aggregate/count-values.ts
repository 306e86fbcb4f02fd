import { formatDecimal } from "../../format.ts"
import { formatHistogram } from "../../histogram/print.ts"
import type { Labels } from "../../labels.ts"
import type { Aggregation } from "../../parser/ast.ts"
import type { Aggregator, CallContext } from "../call-context.ts"
import { absent, emptyColumn, put, type Column } from "../grid.ts"
import { groupingOf, type Grouping } from "./group-labels.ts"

/** Results by value: floats by themselves, histograms and −0, which a map takes for 0, by their text. */
type ByValue = Map<number | string, Column>

/** `count_values`: a series for each value, which is a label of it, and may take the place of one that the series had. */
export class CountValues implements Aggregator {
  readonly keeps = false
  readonly #label: string
  /** Of all labels but that one. */
  readonly #grouping: Grouping
  /** Whether the label is one of those that go: then all values are counted together. */
  readonly #together: boolean
  readonly #context: CallContext
  readonly #groups = new Map<string, ByValue>()

  constructor(label: string, { without, labels }: Aggregation, context: CallContext) {
    this.#label = label
    const others = labels.filter((name) => name !== label)
    this.#grouping = groupingOf({ without, labels: without ? [...others, label] : others })
    this.#together = without && labels.includes(label)
    this.#context = context
  }

  add({ labels, values, present, histograms }: Column): void {
    const key = this.#grouping.key(labels)
    const group: ByValue = this.#groups.get(key) ?? new Map<number | string, Column>()
    this.#groups.set(key, group)
    for (let step = 0; step < present.length; step += 1) {
      if (present[step] === absent) continue
      const histogram = histograms?.[step]
      const value = values[step] ?? 0
      const counted = this.#together ? "" : histogram ? formatHistogram(histogram) : Object.is(value, -0) ? "-0" : value
      let result = group.get(counted)
      if (result === undefined) {
        result = this.#begin(labels, typeof counted === "number" ? formatDecimal(counted) : counted)
        group.set(counted, result)
      }
      put(result, step, (result.values[step] ?? 0) + 1)
    }
  }

  #begin(labels: Labels, text: string): Column {
    this.#context.spend(this.#context.grid.count)
    return emptyColumn(this.#grouping.labels(labels).with(this.#label, text), this.#context.grid.count)
  }

  finish(): Column[] {
    return [...this.#groups.values()].flatMap((group) => [...group.values()])
  }
}
