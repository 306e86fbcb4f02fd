import type { ClassicBuckets } from "../histogram/classic-quantile.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import type { CallContext } from "./call-context.ts"
import { float, has, histogram, put, type Column } from "./grid.ts"
import { unnamedColumn } from "./names.ts"
import type { Telling } from "./told.ts"

/** What a function makes of one histogram at a step; `metric` is its name, if that is still to be told. */
export interface Estimate {
  readonly native: (histogram: FloatHistogram, step: number, metric: string) => number
  /** The buckets may be written to. */
  readonly classic: (buckets: ClassicBuckets, step: number, metric: string) => number
}

/** Series of buckets that only differ in `le`, rising by it. */
interface Classic {
  /** The first one, with labels without `le`. */
  readonly column: Column
  readonly members: { readonly upper: number; readonly column: Column }[]
}

/** A vector in which there may be histograms of both kinds: samples that are native ones, and series of buckets by `le`. */
export class HistogramVector {
  readonly #context: CallContext
  readonly #told: Telling
  readonly #natives = new Map<string, Column>()
  readonly #classics = new Map<string, Classic>()

  constructor(columns: readonly Column[], context: CallContext, told: Telling) {
    this.#context = context
    this.#told = told
    for (const column of columns) {
      if (column.present.includes(histogram)) this.#natives.set(column.labels.key, column)
      if (column.present.includes(float)) this.#addBucket(column)
    }
    for (const { members } of this.#classics.values()) members.sort((a, b) => a.upper - b.upper)
  }

  #addBucket(column: Column): void {
    const le = column.labels.get("le")
    const upper = boundOf(le)
    if (upper === undefined) {
      this.#told.badBucketLabel(this.#metric(column.labels), le)
      return
    }
    const labels = column.labels.drop(["le"])
    const classic = this.#classics.get(labels.key) ?? { column: { ...column, labels }, members: [] }
    this.#classics.set(labels.key, classic)
    classic.members.push({ upper, column })
  }

  /** Only told while the name has not gone from the labels. */
  #metric(labels: Labels): string {
    return this.#context.delayedNameRemoval ? labels.get("__name__") : ""
  }

  /** A column for each histogram. At a step where one is there in both kinds, it has no result. */
  estimate(estimate: Estimate): Column[] {
    const natives = [...this.#natives.values()].map((column) => this.#estimateNative(column, estimate))
    const classics = [...this.#classics.values()].map((classic) => this.#estimateClassic(classic, estimate))
    return [...natives, ...classics].filter(has)
  }

  #estimateNative(column: Column, { native }: Estimate): Column {
    const result = unnamedColumn(column, this.#context)
    const metric = this.#metric(column.labels)
    const twin = this.#classics.get(column.labels.key)
    column.histograms?.forEach((one, step) => {
      if (one === undefined || column.present[step] !== histogram) return
      if (twin?.members.some(({ column: { present } }) => present[step] === float))
        this.#told.mixedClassicAndNative(metric)
      else put(result, step, native(one, step, metric))
    })
    return result
  }

  #estimateClassic({ column, members }: Classic, { classic }: Estimate): Column {
    const result = unnamedColumn(column, this.#context)
    const metric = this.#metric(column.labels)
    const twin = this.#natives.get(column.labels.key)
    const buckets = { uppers: new Float64Array(members.length), counts: new Float64Array(members.length), length: 0 }
    for (let step = 0; step < this.#context.grid.count; step += 1) {
      buckets.length = 0
      for (const { upper, column: member } of members) {
        if (member.present[step] !== float) continue
        buckets.uppers[buckets.length] = upper
        buckets.counts[buckets.length] = member.values[step] ?? 0
        buckets.length += 1
      }
      if (buckets.length > 0 && twin?.present[step] !== histogram) put(result, step, classic(buckets, step, metric))
    }
    return result
  }
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const infinite = /^([+-]?)inf(?:inity)?$/i

/** The value of an `le`; undefined if it is no number. */
function boundOf(le: string): number | undefined {
  const [, sign] = infinite.exec(le) ?? []
  if (sign !== undefined) return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = decimal.test(le) ? Number(le) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
