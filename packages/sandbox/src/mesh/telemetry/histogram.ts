/**
 * Upper bounds of Envoy's histogram buckets, which Istio keeps for its durations (milliseconds) and sizes (bytes); the
 * last bucket has no bound.
 */
export const bucketBounds: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
]

/** Counts of observations per bucket, their number and sum. */
export class Histogram {
  count = 0
  sum = 0
  readonly #buckets = new Float64Array(bucketBounds.length)

  observe(value: number): void {
    this.count++
    this.sum += value
    for (let i = 0; i < bucketBounds.length; i++) {
      if (value <= (bucketBounds[i] ?? 0)) {
        this.#buckets[i] = (this.#buckets[i] ?? 0) + 1
        return
      }
    }
  }

  /** How many observations are at most each bound, in the order of `bucketBounds`. */
  cumulative(): number[] {
    let total = 0
    return Array.from(this.#buckets, (count) => (total += count))
  }
}
