import type { Aggregator, CallContext } from "../call-context.ts"
import { absent, emptyColumn, has, put, putHistogram, type Column } from "../grid.ts"
import type { Grouping } from "./group-labels.ts"

/** Which of a group's series are let through at a step: positions among the members, the first in the result first. */
export type Choose = (members: readonly Column[], step: number) => readonly number[]

/** An aggregation that lets some series of each group through as they are. */
export class SelectingAggregator implements Aggregator {
  readonly keeps = true
  readonly #grouping: Grouping
  readonly #context: CallContext
  readonly #choose: Choose
  readonly #groups = new Map<string, Column[]>()

  constructor(grouping: Grouping, context: CallContext, choose: Choose) {
    this.#grouping = grouping
    this.#context = context
    this.#choose = choose
  }

  add(column: Column): void {
    const key = this.#grouping.key(column.labels)
    const members = this.#groups.get(key)
    if (members === undefined) this.#groups.set(key, [column])
    else members.push(column)
  }

  finish(): Column[] {
    return [...this.#groups.values()].flatMap((members) => this.#chosen(members))
  }

  /** In the order in which they are chosen first: of a query at one time, that of the ranking. */
  #chosen(members: readonly Column[]): Column[] {
    const results = new Map<number, Column>()
    const steps = this.#context.grid.count
    for (let step = 0; step < steps; step += 1) {
      this.#context.spend(0)
      for (const position of this.#choose(members, step)) {
        const member = members[position]
        if (member === undefined) continue
        let result = results.get(position)
        if (result === undefined) {
          const empty = emptyColumn(member.labels, steps)
          result = member.nameless === undefined ? empty : { ...empty, nameless: member.nameless }
          results.set(position, result)
        }
        const histogram = member.histograms?.[step]
        if (histogram !== undefined) putHistogram(result, step, histogram)
        else put(result, step, member.values[step] ?? 0)
      }
    }
    return [...results.values()].filter(has)
  }
}

/** `limitk`: the first ones that are there. */
export const firstOnes =
  (counts: Float64Array): Choose =>
  (members, step) => {
    const chosen: number[] = []
    const count = counts[step] ?? 0
    for (let position = 0; position < members.length && chosen.length < count; position += 1)
      if (members[position]?.present[step] !== absent) chosen.push(position)
    return chosen
  }

/** `limit_ratio`: those whose `place` in [0, 1) is below the ratio; below zero, those that its complement leaves out. */
export const shareOf =
  (ratioAt: Float64Array, place: (column: Column) => number): Choose =>
  (members, step) => {
    const ratio = ratioAt[step] ?? 0
    const chosen: number[] = []
    members.forEach((member, position) => {
      if (member.present[step] === absent) return
      if (ratio >= 0 ? place(member) < ratio : place(member) >= 1 + ratio) chosen.push(position)
    })
    return chosen
  }
