import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"
import { matcherTest } from "./matcher-test.ts"
import { MemoryStorage } from "./memory-storage.ts"
import { isStale } from "./stale.ts"

const name = (value: string): Matcher => ({ label: "__name__", op: "=", value })
const a = Labels.from({ __name__: "a" })

const labels = fc
  .record({
    __name__: fc.constantFrom("a", "b"),
    job: fc.constantFrom("", "api", "api-2", "web.1", "web|1"),
    code: fc.constantFrom("", "200", "404", "500"),
  })
  .map((record) => Labels.from(record))
const matcher: fc.Arbitrary<Matcher> = fc.record({
  label: fc.constantFrom("__name__", "job", "code", "none"),
  op: fc.constantFrom("=", "!=", "=~", "!~"),
  value: fc.constantFrom(
    "",
    "a",
    "api",
    "200",
    ".*",
    ".+",
    "api.*",
    "api.+",
    "200|500",
    "(a|api)",
    "|404",
    "web\\.1",
    "web\\|1",
    "[24]0.",
    "(?i)API",
    "4.*4",
  ),
})

describe("finding series", () => {
  test("by any matchers gives what trying each series gives, in order, also after some are forgotten", () => {
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 30 }), fc.array(matcher, { maxLength: 4 }), (all, matchers) => {
        const storage = new MemoryStorage()
        all.forEach((labels, index) => storage.append(labels, index, 1))
        const newest = new Map(all.map((labels, index) => [labels.key, { labels, index }]))
        const expected = (from: number): string[] =>
          [...newest.values()]
            .filter(({ index }) => index >= from)
            .map(({ labels }) => labels)
            .filter((labels) => matchers.every((matcher) => matcherTest(matcher)(labels.get(matcher.label))))
            .map(({ key }) => key)
            .sort()
        const found = (): string[] => storage.series(matchers, -Infinity, Infinity).map(({ key }) => key)
        expect(found()).toEqual(expected(0))
        storage.retain(10)
        expect(found()).toEqual(expected(10))
        all.forEach((labels, index) => storage.append(labels, 100 + index, 1))
        expect(found()).toEqual(expected(0))
      }),
      { numRuns: 500 },
    )
  })

  test("names and values of labels, of all series or of those that match in a time", () => {
    const storage = new MemoryStorage()
    storage.append(Labels.from({ __name__: "up", job: "api" }), 1000, 1)
    storage.append(Labels.from({ __name__: "up", job: "web" }), 2000, 1)
    storage.append(Labels.from({ __name__: "requests", code: "200" }), 2000, 1)
    expect(storage.labelNames([], 0, 3000)).toEqual(["__name__", "code", "job"])
    expect(storage.labelNames([name("up")], 0, 3000)).toEqual(["__name__", "job"])
    expect(storage.labelValues("job", [], 0, 3000)).toEqual(["api", "web"])
    expect(storage.labelValues("job", [], 1001, 3000)).toEqual(["web"])
    expect(storage.labelValues("job", [name("requests")], 0, 3000)).toEqual([])
    storage.append(Labels.from({ __name__: "up", job: "web" }), 9000, 1)
    expect(storage.series([name("up")], 2001, 8999)).toEqual([])
    expect(storage.series([name("up")], 2001, 9000).map(String)).toEqual(['up{job="web"}'])
  })
})

describe("appending", () => {
  test("refuses what is not newer, and what is older than what is retained", () => {
    const storage = new MemoryStorage()
    expect(storage.append(a, 1000, 1)).toBe(true)
    expect(storage.append(a, 1000, 2)).toBe(false)
    expect(storage.append(a, 999, 2)).toBe(false)
    storage.retain(2000)
    expect(storage.seriesCount).toBe(0)
    expect(storage.append(a, 1500, 2)).toBe(false)
    expect(storage.seriesCount).toBe(0)
    expect(storage.append(a, 2000, 3)).toBe(true)
  })

  test("keeps a stale marker apart from NaN", () => {
    const storage = new MemoryStorage()
    storage.append(a, 1, Number.NaN)
    storage.append(a, 2, "stale")
    const { values } = storage.select([name("a")], 0, 10)[0]?.read() ?? { values: new Float64Array() }
    expect([...values.keys()].map((index) => isStale(values, index))).toEqual([false, true])
  })

  test("does not take times between milliseconds", () => {
    expect(() => new MemoryStorage().append(a, 0.5, 1)).toThrow(/whole number of milliseconds/)
  })
})

test("memory that retention frees is used again", () => {
  const storage = new MemoryStorage()
  for (let round = 0; round < 50; round += 1) {
    for (let index = 0; index < 200; index += 1)
      storage.append(
        Labels.from({ __name__: "a", round: String(round), index: String(index) }),
        round * 1000 + index,
        1 / 3,
      )
    storage.retain(round * 1000)
    expect(storage.seriesCount).toBe(200)
  }
  expect(storage.labelValues("round", [], 0, Infinity)).toEqual(["49"])
})
