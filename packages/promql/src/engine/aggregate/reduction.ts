import type { Labels } from "../../labels.ts"
import type { Aggregator, CallContext } from "../call-context.ts"
import { emptyColumn, has, type Column } from "../grid.ts"
import type { Grouping } from "./group-labels.ts"

/** What an aggregation knows of one group, over all steps. */
export interface Reduction {
  add(column: Column): void
  /** Puts the group's samples into a column. */
  finish(result: Column): void
}

/** An aggregation that makes one series of each group. */
export class ReducingAggregator implements Aggregator {
  readonly keeps: boolean
  readonly #grouping: Grouping
  readonly #context: CallContext
  readonly #begin: () => Reduction
  readonly #groups = new Map<string, { labels: Labels; reduction: Reduction; nameless: boolean }>()

  constructor(grouping: Grouping, context: CallContext, begin: () => Reduction, keeps = false) {
    this.#grouping = grouping
    this.#context = context
    this.#begin = begin
    this.keeps = keeps
  }

  add(column: Column): void {
    const key = this.#grouping.key(column.labels)
    let group = this.#groups.get(key)
    if (group === undefined) {
      this.#context.spend(this.#context.grid.count)
      group = { labels: this.#grouping.labels(column.labels), reduction: this.#begin(), nameless: false }
      this.#groups.set(key, group)
    }
    group.nameless ||= column.nameless === true
    group.reduction.add(column)
  }

  finish(): Column[] {
    const columns: Column[] = []
    for (const { labels, reduction, nameless } of this.#groups.values()) {
      const empty = emptyColumn(labels, this.#context.grid.count)
      const result: Column = nameless ? { ...empty, nameless } : empty
      reduction.finish(result)
      if (has(result)) columns.push(result)
    }
    return columns
  }
}
