import { customSchema, noBuckets, type FloatHistogram } from "../../../packages/promql/src/histogram/float-histogram.ts"
import { Labels } from "../../../packages/promql/src/labels.ts"
import type { Loaded } from "../../../packages/promql/src/promqltest/index.ts"
import type { Random } from "../../../packages/promql/src/fuzz/random.ts"
import type { Vocabulary } from "./vocabulary.ts"

type Value = Loaded["samples"][number][1]
/** The next value of a series; undefined for a gap. */
type Course = () => Value | undefined

const every = 15_000
const steps = 160
/** Until when there are samples. */
export const dataEnd = every * steps

/**
 * Series of all the metrics of a vocabulary, a sample each 15 s for 40 minutes. `shift` (milliseconds) lets no sample lie on
 * the end of a range: of these, Prometheus 2 has both, 3 only the right one.
 */
export function randomData(random: Random, words: Vocabulary, shift: number): Loaded[] {
  const all = [...words.metrics, ...words.classic, ...words.native]
  return all.flatMap((name) =>
    combinations(words.labels).flatMap((pairs) => {
      if (random.chance(0.2)) return []
      const labels: [string, string][] = [["__name__", name], ...pairs]
      if (words.classic.includes(name)) return classicSeries(random, labels, shift)
      return [seriesOf(Labels.from(labels), courseOf(random, name), shift)]
    }),
  )
}

function seriesOf(labels: Labels, course: Course, shift: number): Loaded {
  const samples: [number, Value][] = []
  for (let step = 0; step < steps; step += 1) {
    const value = course()
    if (value !== undefined) samples.push([step * every + shift, value])
  }
  return { labels, samples }
}

function combinations(labels: Vocabulary["labels"]): [string, string][][] {
  return Object.entries(labels).reduce<[string, string][][]>(
    (done, [name, values]) =>
      done.flatMap((pairs) => values.map((value): [string, string][] => [...pairs, [name, value]])),
    [[]],
  )
}

/** All floats are quarters, of which sums are exact. */
const quarter = (value: number): number => Math.round(value * 4) / 4

function courseOf(random: Random, name: string): Course {
  switch (name) {
    case "up_m":
      return withGaps(random, walk(random, random.integer(10), 1))
    case "down_m":
      return walk(random, 50 - random.integer(100), -0.5)
    case "c_total":
      return withGaps(random, counter(random, 0.02))
    case "d_total":
      return counter(random, 0.2)
    case "few_m":
      return () => (random.chance(0.06) ? random.integer(8) : undefined)
    case "odd_m":
      return () =>
        random.chance(0.1)
          ? random.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0])
          : quarter(random.next() * 8 - 4)
    case "mixed_nh": {
      const native = nativeCourse(random, "nh")
      let floats = true
      return () => {
        if (random.chance(0.05)) floats = !floats
        return floats ? quarter(random.next() * 20) : native()
      }
    }
    default:
      return nativeCourse(random, name)
  }
}

function walk(random: Random, start: number, drift: number): Course {
  let value = start
  return () => (value = quarter(value + drift + (random.next() - 0.5) * 6))
}

function counter(random: Random, resets: number): Course {
  let value = random.integer(100)
  return () => (value = random.chance(resets) ? random.integer(5) : value + random.integer(12))
}

/** Now and then it pauses, or ends with a marker and comes back. */
function withGaps(random: Random, course: Course): Course {
  let left = 0
  return () => {
    const value = course()
    if (left > 0) left -= 1
    else if (random.chance(0.02)) left = 1 + random.integer(30)
    return left > 0 ? undefined : value
  }
}

function classicSeries(random: Random, labels: readonly [string, string][], shift: number): Loaded[] {
  const bounds = ["0.5", "1", "2", "+Inf"]
  const counts = bounds.map(() => 0)
  const series = bounds.map((le) => ({
    labels: Labels.from([...labels, ["le", le]]),
    samples: [] as [number, number][],
  }))
  for (let step = 0; step < steps; step += 1) {
    if (random.chance(0.01)) counts.fill(0)
    let more = 0
    for (const [index, one] of series.entries()) {
      more += random.integer(4)
      counts[index] = (counts[index] ?? 0) + more
      one.samples.push([step * every + shift, counts[index] ?? 0])
    }
  }
  return series
}

/** A counter of observations in buckets; schema and bounds differ between series, and of `fine_nh` within one. */
function nativeCourse(random: Random, name: string): Course {
  const custom = name === "custom_nh"
  const bounds = custom
    ? random.pick([
        [1, 2, 5],
        [1, 5, 10],
        [2, 5],
      ])
    : []
  let schema = custom ? customSchema : random.integer(3)
  const first = custom ? 0 : random.integer(4) - 2
  let [positive, negative, zero] = [new Map<number, number>(), new Map<number, number>(), 0]
  return () => {
    if (random.chance(0.03) || name === "gauge_nh") {
      ;[positive, negative, zero] = [new Map(), new Map(), 0]
      if (name === "fine_nh") schema = random.integer(4)
    }
    const observe = (side: Map<number, number>) => {
      const bucket = custom ? random.integer(bounds.length + 1) : first + random.integer(5)
      side.set(bucket, (side.get(bucket) ?? 0) + 1 + random.integer(3))
    }
    // With none at all, what the zero bucket stands for depends on how Prometheus has stored the ones before.
    for (let more = random.integer(4) + (positive.size === 0 ? 1 : 0); more > 0; more -= 1) observe(positive)
    if (name === "neg_nh")
      for (let more = random.integer(3) + (negative.size === 0 ? 1 : 0); more > 0; more -= 1) observe(negative)
    if (!custom && random.chance(0.3)) zero += 1
    return histogramOf(schema, positive, negative, zero, bounds, name === "gauge_nh")
  }
}

function histogramOf(
  schema: number,
  positive: ReadonlyMap<number, number>,
  negative: ReadonlyMap<number, number>,
  zeroCount: number,
  customBounds: readonly number[],
  gauge: boolean,
): FloatHistogram {
  const side = (counts: ReadonlyMap<number, number>) => {
    const rising = [...counts].sort(([a], [b]) => a - b)
    return rising.length === 0
      ? noBuckets
      : { indexes: rising.map(([index]) => index), counts: rising.map(([, count]) => count) }
  }
  const total = (counts: ReadonlyMap<number, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0)
  return {
    schema,
    zeroThreshold: schema === customSchema ? 0 : 0.001,
    zeroCount,
    count: total(positive) + total(negative) + zeroCount,
    sum: (total(positive) - total(negative)) * 1.5,
    positive: side(positive),
    negative: side(negative),
    customBounds,
    resetHint: gauge ? "gauge" : "unknown",
  }
}
