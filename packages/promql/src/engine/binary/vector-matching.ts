import type { Labels } from "../../labels.ts"
import type { Binary } from "../../parser/ast.ts"
import type { CallContext } from "../call-context.ts"
import { absent, emptyColumn, fullColumn, has, type Column } from "../grid.ts"
import { quoted } from "../../utf8.ts"
import { PromqlError } from "../query-error.ts"
import { changesMeaning, Combine } from "./combine.ts"
import { grouped, matchKey, matchLabels } from "./matching.ts"
import { anyOf } from "./set-operators.ts"

/** Arithmetic and comparisons between two vectors. */
export function matched(
  expr: Binary,
  left: readonly Column[],
  right: readonly Column[],
  context: CallContext,
): Column[] {
  return new VectorMatching(expr, context).run(left, right)
}

/**
 * The "many" side is walked; of the "one" side, at most one series may answer per group and step. Which is which only matters
 * with group_left and group_right.
 */
class VectorMatching {
  readonly #expr: Binary
  readonly #count: number
  readonly #context: CallContext
  readonly #combine: Combine
  readonly #swapped: boolean
  readonly #oneToOne: boolean
  /** What stands for a missing series of the "one" and of the "many" side. */
  readonly #fillOne: number | undefined
  readonly #fillMany: number | undefined
  /** At which steps a result has its sample, or would have it if the comparison had let it through. */
  readonly #taken = new WeakMap<Column, Uint8Array>()

  constructor(expr: Binary, context: CallContext) {
    const { card, fill } = expr.matching
    this.#expr = expr
    this.#count = context.grid.count
    this.#context = context
    this.#combine = new Combine(expr, context)
    this.#swapped = card === "one-to-many"
    this.#oneToOne = card === "one-to-one"
    this.#fillOne = this.#swapped ? fill.left : fill.right
    this.#fillMany = this.#swapped ? fill.right : fill.left
  }

  run(left: readonly Column[], right: readonly Column[]): Column[] {
    const many = this.#swapped ? right : left
    const ones = grouped(this.#swapped ? left : right, this.#expr.matching)
    const groups = new Map<string, Column[]>()
    for (const column of many) {
      const key = matchKey(column.labels, this.#expr.matching)
      const group = groups.get(key)
      if (group) group.push(column)
      else groups.set(key, [column])
    }
    const filled = this.#fillOne !== undefined || this.#fillMany !== undefined
    const anyMany = anyOf(many)
    for (const members of ones.values())
      if (members.length > 1) this.#checkUnique(members, filled ? undefined : anyMany)
    const results: Column[] = []
    for (const [key, members] of groups) results.push(...this.#group(members, ones.get(key) ?? []))
    if (this.#fillMany !== undefined)
      for (const [key, members] of ones) if (!groups.has(key)) results.push(...this.#group([], members))
    return results
  }

  /** Two answers of the "one" side are an error at once, though not where the whole other side is empty. */
  #checkUnique(members: readonly Column[], where: Uint8Array | undefined): void {
    for (let step = 0; step < this.#count; step += 1) {
      if (where !== undefined && !where[step]) continue
      const [first, second] = members.filter(({ present }) => present[step] !== absent)
      if (first !== undefined && second !== undefined) throw this.#duplicate(first, second)
    }
  }

  #group(many: readonly Column[], ones: readonly Column[]): Column[] {
    const results = new Map<string, Column>()
    const [partner, ...others] = ones
    const matchedAt = this.#oneToOne || this.#fillMany !== undefined ? new Uint8Array(this.#count) : undefined
    for (const column of many) {
      if (partner === undefined) {
        this.#pair(column, this.#fill(this.#fillOne, column), results, matchedAt)
        continue
      }
      for (const one of ones) this.#pair(column, one, results, matchedAt)
      // Where none of the ones has a sample.
      if (this.#fillOne !== undefined) {
        const fill = this.#fill(this.#fillOne, column)
        const there = others.length === 0 ? partner.present : anyOf(ones)
        this.#pair(column, fill && without(fill, there), results, matchedAt)
      }
    }
    if (this.#fillMany !== undefined) {
      for (const one of ones) {
        const fill = this.#fill(this.#fillMany, one)
        const rest = matchedAt === undefined ? fill : fill && without(fill, matchedAt)
        if (rest !== undefined) this.#pair(rest, one, results, undefined)
      }
    }
    return [...results.values()].filter(has)
  }

  /** A value at all steps, with the labels that the sides match by. */
  #fill(value: number | undefined, like: Column): Column | undefined {
    if (value === undefined) return undefined
    const labels = matchLabels(like.labels, this.#expr.matching)
    return fullColumn(labels, new Float64Array(this.#count).fill(value))
  }

  #pair(many: Column, one: Column | undefined, results: Map<string, Column>, matchedAt: Uint8Array | undefined): void {
    if (one === undefined) return
    this.#context.spend(0)
    const [left, right] = this.#swapped ? [one, many] : [many, one]
    let found: Found | undefined
    for (let step = 0; step < this.#count; step += 1) {
      if (many.present[step] === absent || one.present[step] === absent) continue
      found ??= this.#found(many.labels, one.labels, results)
      // One that is not let through takes its place all the same, one that cannot be computed does not.
      if (!this.#combine.at(left, right, step, found.scratch)) continue
      if (this.#oneToOne ? matchedAt?.[step] : found.taken[step]) throw this.#ambiguous()
      if (matchedAt !== undefined) matchedAt[step] = 1
      found.taken[step] = 1
    }
    if (found !== undefined && found.scratch !== found.column) move(found.scratch, found.column)
  }

  #found(many: Labels, one: Labels, results: Map<string, Column>): Found {
    const labels = this.#labels(many, one)
    let column = results.get(labels.key)
    let scratch = column && emptyColumn(labels, this.#count)
    if (column === undefined) {
      column = { ...emptyColumn(labels, this.#count), nameless: this.#expr.bool && this.#context.delayedNameRemoval }
      results.set(labels.key, column)
      scratch = column
      this.#taken.set(column, new Uint8Array(this.#count))
    }
    const taken = this.#taken.get(column) ?? new Uint8Array(this.#count)
    return { column, scratch: scratch ?? column, taken }
  }

  #labels(many: Labels, one: Labels): Labels {
    const { matching, op, bool } = this.#expr
    const nameGoes = changesMeaning(op) || (bool && !this.#context.delayedNameRemoval)
    const base = nameGoes ? many.nameless : many
    if (this.#oneToOne) return matching.on ? base.keep(matching.labels) : base.drop(matching.labels)
    return matching.include.reduce((labels, name) => labels.with(name, one.get(name)), base)
  }

  #ambiguous(): PromqlError {
    return new PromqlError(
      "execution",
      this.#oneToOne
        ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        : "multiple matches for labels: grouping labels must ensure unique matches",
    )
  }

  #duplicate(first: Column, second: Column): PromqlError {
    const group = matchLabels(first.labels, this.#expr.matching)
    const side = this.#swapped ? "left" : "right"
    const [one, other] = [braced(first.labels), braced(second.labels)].sort()
    return new PromqlError(
      "execution",
      `found duplicate series for the match group ${braced(group)} on the ${side} hand-side of the operation: [${String(one)}, ${String(other)}];many-to-many matching not allowed: matching labels must be unique on one side`,
    )
  }
}

interface Found {
  readonly column: Column
  readonly scratch: Column
  readonly taken: Uint8Array
}

function without(column: Column, there: Uint8Array): Column {
  return { ...column, present: column.present.map((kind, step) => (there[step] ? absent : kind)) }
}

function move(from: Column, to: Column): void {
  for (let step = 0; step < from.present.length; step += 1) {
    if (from.present[step] === absent) continue
    to.present[step] = from.present[step] ?? absent
    to.values[step] = from.values[step] ?? Number.NaN
    const histogram = from.histograms?.[step]
    if (histogram === undefined) continue
    to.histograms ??= []
    to.histograms[step] = histogram
  }
}

/** All labels, the name too, in braces. */
const braced = (labels: Labels): string =>
  `{${labels.pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(", ")}}`
