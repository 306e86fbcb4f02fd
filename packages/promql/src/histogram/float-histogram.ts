/**
 * Buckets by their index, rising, none empty: `indexes[i]` says which bucket, `counts[i]` how many observations it holds (not
 * cumulative). Of schema `s`, bucket `i` of the positive side holds `(2^((i−1)·2^−s), 2^(i·2^−s)]`; of custom buckets, bucket
 * `i` holds `(bounds[i−1], bounds[i]]`, the first one from −Inf and the last one, one behind the bounds, up to +Inf.
 */
export interface Buckets {
  readonly indexes: readonly number[]
  readonly counts: readonly number[]
}

/** What is known about a reset of the counter before this histogram (Prometheus, "native histograms"). */
export type ResetHint = "unknown" | "reset" | "not_reset" | "gauge"

/**
 * A native histogram with float counts, as PromQL computes with it. A value: never written to once made. Exponential schemas
 * are −4 to 8; −53 means custom buckets, which have bounds, no zero bucket and no negative side.
 */
export interface FloatHistogram {
  readonly schema: number
  /** Width of the zero bucket: `[−threshold, threshold]`. */
  readonly zeroThreshold: number
  readonly zeroCount: number
  /** All observations, NaN ones too. */
  readonly count: number
  readonly sum: number
  readonly positive: Buckets
  readonly negative: Buckets
  /** Upper bounds, rising, without +Inf; empty unless the schema is −53. */
  readonly customBounds: readonly number[]
  readonly resetHint: ResetHint
}

export const customSchema = -53

export const noBuckets: Buckets = { indexes: [], counts: [] }

export const hasCustomBuckets = ({ schema }: Pick<FloatHistogram, "schema">): boolean => schema === customSchema

/** Whether histograms can be combined at all: exponential buckets with exponential ones, custom with custom. */
export const compatible = (a: FloatHistogram, b: FloatHistogram): boolean => hasCustomBuckets(a) === hasCustomBuckets(b)

/** Buckets from counts that lie next to each other, the first of them at `first`; the empty ones go. */
export function bucketsFrom(first: number, counts: readonly number[]): Buckets {
  const filled = [...counts.keys()].filter((position) => counts[position] !== 0)
  return {
    indexes: filled.map((position) => first + position),
    counts: filled.map((position) => counts[position] ?? 0),
  }
}

/** Each count changed; a bucket that becomes empty goes. */
export function mapCounts({ indexes, counts }: Buckets, change: (count: number, index: number) => number): Buckets {
  const changed = { indexes: [] as number[], counts: [] as number[] }
  indexes.forEach((index, position) => {
    const count = change(counts[position] ?? 0, index)
    if (count === 0) return
    changed.indexes.push(index)
    changed.counts.push(count)
  })
  return changed
}
