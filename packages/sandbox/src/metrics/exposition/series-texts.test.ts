import fc from "fast-check"
import { expect, test } from "vitest"
import { parseExposition } from "./exposition.ts"
import { SeriesTexts } from "./series-texts.ts"

test("a series that comes again is the same object, until an exposition is without it", () => {
  const known = new SeriesTexts()
  const labelsOf = (text: string) => parseExposition(text, false, known).samples.map(({ labels }) => labels)
  const [first] = labelsOf('a{x="1"} 1\n')
  const [again, other] = labelsOf('a{x="1"} 2 1700000000000\nb 1\n')
  expect(again).toBe(first)
  expect(labelsOf("b 2\n")[0]).toBe(other)
  expect(labelsOf('a{x="1"} 3\n')[0]).not.toBe(first)
})

test("nor does one that cannot be read to its end let the others be kept", () => {
  const known = new SeriesTexts()
  const read = (text: string) => parseExposition(text, true, known).samples[0]?.labels
  const first = read("a 1\n# EOF\n")
  expect(read('a 2 # {trace="1"} 1\n# EOF\n')).toBe(first)
  expect(() => read("b 1\n")).toThrow("data does not end with # EOF")
  expect(read("a 3\n# EOF\n")).not.toBe(first)
})

test("what is known of a series changes nothing of what is read", () => {
  fc.assert(
    fc.property(fc.array(exposition, { minLength: 2, maxLength: 6 }), (expositions) => {
      const known = new SeriesTexts()
      for (const { text, openMetrics } of expositions)
        expect(read(text, openMetrics, known)).toEqual(read(text, openMetrics, new SeriesTexts()))
    }),
    { numRuns: 3_000 },
  )
})

function read(text: string, openMetrics: boolean, known: SeriesTexts): unknown {
  try {
    return parseExposition(text, openMetrics, known).samples.map(({ labels, exemplar, ...sample }) => ({
      ...sample,
      labels: labels.toString(),
      exemplar: exemplar && { ...exemplar, labels: exemplar.labels.toString() },
    }))
  } catch (error) {
    return String(error)
  }
}

// Alike enough that one is often the beginning of another.
const series = fc.constantFrom(
  "a",
  "a ",
  "ab",
  "a{}",
  "a {}",
  'a{le="1"}',
  'a{le="1",}',
  'a{ le = "1" }',
  'a{x=""}',
  'a{x="}"}',
  'a{x="} 1"}',
  'a{x="} 1",le="1"}',
  'a{x="\\""}',
  'a{x=" # {"}',
  '{"a"}',
  '{"a",le="1"}',
  '{"a} 1"}',
  '{"a} 1", x="}"}',
  "a{",
  "a }",
)
const rest = fc.constantFrom(
  " 1",
  " NaN",
  " +Inf 5",
  "  2",
  " 1 }",
  " {",
  "",
  " 1 # {}",
  ' 1 # {t="}"} 1',
  ' 1 5 # {t=" # "} 2 3',
)
const type = fc.constantFrom("# TYPE a histogram", "# TYPE a gauge", "# HELP a {} 1")
const line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(series, rest).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: type },
)
const exposition = fc
  .record({ lines: fc.array(line, { minLength: 1, maxLength: 4 }), openMetrics: fc.boolean() })
  .map(({ lines, openMetrics }) => ({ text: [...lines, openMetrics ? "# EOF" : ""].join("\n"), openMetrics }))
