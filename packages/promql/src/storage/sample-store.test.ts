import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import { highOf, highWord, lowOf, lowWord, wordsOf } from "./bits.ts"
import { SampleStore } from "./sample-store.ts"

interface Sample {
  readonly time: number
  readonly low: number
  readonly high: number
  readonly histogram?: FloatHistogram
}

type Bits = readonly [low: number, high: number]
const bitsOf = (value: number): Bits => [lowOf(value), highOf(value)]

/** Anything at all, as bits: all NaNs, both zeros, subnormals, infinities. */
const anyBits: fc.Arbitrary<Bits> = fc.tuple(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0, max: 0xffffffff }),
)
const notable = fc.constantFrom<Bits>(
  [2, 0x7ff00000],
  [1, 0x7ff80000],
  [0, 0xfff80000],
  ...[
    0,
    -0,
    Infinity,
    -Infinity,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    Number.MAX_VALUE,
    2 ** 53,
    2 ** 53 + 2,
    0.1 + 0.2,
  ].map(bitsOf),
)
const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 7), max: 10 ** 7 }), fc.integer({ min: 0, max: 11 }))
  .map(([digits, places]) => bitsOf(digits / 10 ** places))
const whole = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.maxSafeInteger()).map(bitsOf)
/** Each often follows its like, so that all codes and their runs come up. */
const values = fc
  .array(
    fc.oneof(
      fc.array(fc.oneof(decimal, whole), { maxLength: 20 }),
      fc.array(fc.oneof(anyBits, notable, fc.double().map(bitsOf)), { maxLength: 6 }),
      fc.tuple(fc.oneof(notable, decimal, whole), fc.nat(200)).map(([value, count]) => Array<Bits>(count).fill(value)),
      fc
        .tuple(fc.nat(1000), fc.array(fc.nat(100), { maxLength: 100 }))
        .map(([start, steps]) => steps.map((_, index) => bitsOf(start + sumOf(steps.slice(0, index))))),
    ),
    { maxLength: 8 },
  )
  .map((runs) => runs.flat())
const distance = fc.oneof(
  { weight: 12, arbitrary: fc.constant(15_000) },
  { weight: 4, arbitrary: fc.integer({ min: 14_990, max: 15_010 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 45 }) },
)

const samples = fc.tuple(fc.integer({ min: -(10 ** 12), max: 10 ** 13 }), values).chain(([start, bits]) =>
  fc.array(distance, { minLength: bits.length, maxLength: bits.length }).map((distances) => {
    let time = start
    return bits.map(([low, high], index): Sample => ({ time: (time += distances[index] ?? 1), low, high }))
  }),
)

const buckets = fc
  .uniqueArray(fc.integer({ min: -500, max: 500 }), { maxLength: 12 })
  .chain((indexes) =>
    fc
      .array(fc.oneof(fc.nat(1000), fc.double()), { minLength: indexes.length, maxLength: indexes.length })
      .map((counts) => ({ indexes: indexes.toSorted((a, b) => a - b), counts })),
  )
const histogram: fc.Arbitrary<FloatHistogram> = fc.record({
  schema: fc.constantFrom(-4, 0, 3, 8, -53),
  zeroThreshold: fc.constantFrom(0, 2 ** -128, 0.001),
  zeroCount: fc.oneof(fc.nat(), fc.double()),
  count: fc.oneof(fc.nat(), fc.double()),
  sum: fc.double(),
  positive: buckets,
  negative: buckets,
  customBounds: fc.array(fc.double({ noNaN: true }), { maxLength: 5 }),
  resetHint: fc.constantFrom("unknown", "reset", "not_reset", "gauge"),
})

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

function stored(series: readonly (readonly Sample[])[]): SampleStore {
  const store = new SampleStore()
  series.forEach((_, id) => store.begin(id))
  const longest = Math.max(0, ...series.map(({ length }) => length))
  for (let index = 0; index < longest; index += 1) {
    series.forEach((samples, id) => {
      const sample = samples[index]
      if (sample) store.append(id, sample.time, sample.low, sample.high, sample.histogram)
    })
  }
  return store
}

function read(store: SampleStore, id: number, from: number, to: number): Sample[] {
  const { times, values, histograms } = store.read(id, from, to)
  const words = wordsOf(values)
  return Array.from(times, (time, index) => {
    const histogram = histograms?.[index]
    const [low, high] = [words[index * 2 + lowWord] ?? 0, words[index * 2 + highWord] ?? 0]
    return { time, low, high, ...(histogram === undefined ? {} : { histogram }) }
  })
}

const within = (all: readonly Sample[], from: number, to: number): Sample[] =>
  all.filter(({ time }) => time > from && time <= to)

/** A border at or beside a sample, or anywhere. */
const border = (all: readonly Sample[], [index, beside]: readonly [number, number]): number =>
  (all[index % Math.max(1, all.length)]?.time ?? 0) + beside

const cut = fc.tuple(fc.nat(), fc.constantFrom(-1, 0, 1, 7000))

describe("what is appended is read back to the bit", () => {
  test("of many series side by side, for any range", () => {
    fc.assert(
      fc.property(fc.array(samples, { minLength: 1, maxLength: 3 }), cut, cut, (kinds, a, b) => {
        const series = Array.from({ length: 40 }, (_, id) => kinds[id % kinds.length] ?? [])
        const store = stored(series)
        series.forEach((all, id) => {
          const [from, to] = [border(all, a), border(all, b)]
          if (id < kinds.length) expect(read(store, id, from, to)).toEqual(within(all, from, to))
          expect(read(store, id, -Infinity, Infinity)).toEqual(all)
          expect(store.lastTime(id)).toBe(all.at(-1)?.time ?? -Infinity)
        })
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test("of few series, much more often", () => {
    fc.assert(
      fc.property(samples, cut, cut, (all, a, b) => {
        const store = stored([[], all])
        const [from, to] = [border(all, a), border(all, b)]
        expect(read(store, 1, from, to)).toEqual(within(all, from, to))
        expect(store.has(1, from, to)).toBe(within(all, from, to).length > 0)
      }),
      { numRuns: 400 },
    )
  })

  test("with histograms among floats", () => {
    const mixed = fc
      .tuple(samples, fc.array(fc.option(histogram, { nil: undefined }), { maxLength: 200 }))
      .map(([all, histograms]) =>
        all.map((sample, index): Sample => {
          const histogram = histograms[index]
          if (histogram === undefined) return sample
          const [low, high] = bitsOf(histogram.sum)
          return { time: sample.time, low, high, histogram }
        }),
      )
    fc.assert(
      fc.property(mixed, cut, cut, (all, a, b) => {
        const [from, to] = [border(all, a), border(all, b)]
        expect(read(stored([all]), 0, from, to)).toEqual(within(all, from, to))
      }),
      { numRuns: 200 },
    )
  })

  test("after older ones are cut off, and when what they left is used again", () => {
    fc.assert(
      fc.property(samples, samples, cut, (old, fresh, at) => {
        const store = stored([old, fresh])
        const time = border(old, at)
        store.cut(0, time)
        store.drop(1)
        for (const { time, low, high } of fresh) store.append(1, time, low, high, undefined)
        expect(read(store, 0, time - 1, Infinity)).toEqual(within(old, time - 1, Infinity))
        expect(read(store, 1, -Infinity, Infinity)).toEqual(fresh)
      }),
      { numRuns: 200 },
    )
  })
})
