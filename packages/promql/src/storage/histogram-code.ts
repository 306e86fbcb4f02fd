import type { Buckets, FloatHistogram, ResetHint } from "../histogram/float-histogram.ts"
import { ByteReader, ByteWriter } from "./byte-code.ts"

const hints: readonly ResetHint[] = ["unknown", "reset", "not_reset", "gauge"]

/** What histograms of one series mostly have in common. */
type Layout = Pick<FloatHistogram, "schema" | "zeroThreshold" | "customBounds"> & {
  readonly positive: readonly number[]
  readonly negative: readonly number[]
}

/**
 * The histograms of one block, one behind the other, without their sums, which are the block's values. A histogram with the
 * layout of the one before is told by how much each count has changed.
 */
export class HistogramWriter {
  readonly #out = new ByteWriter()
  #layout: Layout | undefined
  #counts: readonly number[] = []

  /** Coded so far; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#out.bytes
  }

  write(histogram: FloatHistogram): void {
    const layout = layoutOf(histogram)
    const isNew = this.#layout === undefined || !sameLayout(this.#layout, layout)
    this.#out.byte(hints.indexOf(histogram.resetHint) * 2 + Number(isNew))
    if (isNew) {
      this.#writeLayout(layout)
      this.#counts = []
      this.#layout = layout
    }
    const counts = countsOf(histogram)
    counts.forEach((count, index) => this.#out.number(count, this.#counts[index] ?? 0))
    this.#counts = counts
  }

  #writeLayout({ schema, zeroThreshold, customBounds, positive, negative }: Layout): void {
    this.#out.number(schema, 0)
    this.#out.number(zeroThreshold, 0)
    for (const list of [customBounds, positive, negative]) {
      this.#out.number(list.length, 0)
      list.forEach((element, index) => this.#out.number(element, list[index - 1] ?? 0))
    }
  }
}

/** Reads what a HistogramWriter wrote; `sums` are what it left out. */
export function readHistograms(bytes: Uint8Array, sums: readonly number[]): FloatHistogram[] {
  const input = new ByteReader(bytes)
  let layout: Layout = { schema: 0, zeroThreshold: 0, customBounds: [], positive: [], negative: [] }
  let counts: number[] = []
  return sums.map((sum) => {
    const head = input.byte()
    if (head % 2 === 1) {
      layout = readLayout(input)
      counts = []
    }
    const { schema, zeroThreshold, customBounds, positive, negative } = layout
    const before = counts
    counts = Array.from({ length: 2 + positive.length + negative.length }, (_, index) =>
      input.number(before[index] ?? 0),
    )
    return {
      schema,
      zeroThreshold,
      zeroCount: counts[1] ?? 0,
      count: counts[0] ?? 0,
      sum,
      positive: { indexes: positive, counts: counts.slice(2, 2 + positive.length) },
      negative: { indexes: negative, counts: counts.slice(2 + positive.length) },
      customBounds,
      resetHint: hints[head >>> 1] ?? "unknown",
    }
  })
}

function readLayout(input: ByteReader): Layout {
  const schema = input.number(0)
  const zeroThreshold = input.number(0)
  const list = (): number[] => {
    const elements: number[] = []
    for (let left = input.number(0); left > 0; left -= 1) elements.push(input.number(elements.at(-1) ?? 0))
    return elements
  }
  return { schema, zeroThreshold, customBounds: list(), positive: list(), negative: list() }
}

const layoutOf = ({ schema, zeroThreshold, customBounds, positive, negative }: FloatHistogram): Layout => ({
  schema,
  zeroThreshold,
  customBounds,
  positive: positive.indexes,
  negative: negative.indexes,
})

const countsOf = ({ count, zeroCount, positive, negative }: FloatHistogram): readonly number[] => [
  count,
  zeroCount,
  ...countsIn(positive),
  ...countsIn(negative),
]

const countsIn = ({ indexes, counts }: Buckets): readonly number[] => indexes.map((_, at) => counts[at] ?? 0)

const sameLayout = (a: Layout, b: Layout): boolean =>
  a.schema === b.schema &&
  a.zeroThreshold === b.zeroThreshold &&
  sameList(a.customBounds, b.customBounds) &&
  sameList(a.positive, b.positive) &&
  sameList(a.negative, b.negative)

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((element, index) => Object.is(element, b[index])))
