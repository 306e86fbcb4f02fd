import type { QueryValue, Sample } from "../engine/engine.ts"
import { almostEqual, almostSameNumber } from "../histogram/equal.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import type { Expectations, Point, Times } from "./script.ts"

/** Relative: floating-point arithmetic may lose as much. */
const tolerance = 1e-6

/** What is wrong with an answer; undefined when it is as expected. `times` are those of a matrix. */
export function mismatch(expected: Expectations, result: QueryValue, times: Times): string | undefined {
  switch (result.type) {
    case "string":
      if (expected.text === undefined) return "the answer is a string: say so with `expect string`"
      return expected.text === result.value ? undefined : "the string is another one"
    case "scalar":
      if (expected.scalar === undefined) return "the answer is a scalar"
      return same({ value: expected.scalar }, result.sample[1]) ? undefined : "the scalar is another one"
    case "vector":
      return otherThan("vector", expected) ?? vectorMismatch(expected, result.series)
    case "matrix":
      return otherThan("matrix", expected) ?? matrixMismatch(expected, result.series, times)
  }
}

function otherThan(kind: string, { scalar, text, ordered }: Expectations): string | undefined {
  if (scalar !== undefined || text !== undefined) return `the answer is a ${kind}`
  return ordered && kind === "matrix" ? "a matrix is always sorted by labels, never ordered by the query" : undefined
}

function vectorMismatch(
  { series, ordered }: Expectations,
  actual: readonly { readonly labels: Labels; readonly sample: Sample }[],
): string | undefined {
  const wrong = strangers(
    series.map(({ labels }) => labels),
    actual.map(({ labels }) => labels),
  )
  if (wrong !== undefined) return wrong
  for (const [index, { labels, sample }] of actual.entries()) {
    const position = series.findIndex((candidate) => candidate.labels.key === labels.key)
    if (ordered && position !== index) return `${labels.toString()} comes at place ${String(index + 1)}`
    if (!same(series[position]?.points[0], sample[1])) return `${labels.toString()} has another value`
  }
  return undefined
}

function matrixMismatch(
  { series }: Expectations,
  actual: readonly { readonly labels: Labels; readonly samples: readonly Sample[] }[],
  { start, end, step }: Times,
): string | undefined {
  const wrong = strangers(
    series.map(({ labels }) => labels),
    actual.map(({ labels }) => labels),
  )
  if (wrong !== undefined) return wrong
  for (const [index, { labels, samples }] of actual.entries()) {
    const next = actual[index + 1]?.labels
    if (next !== undefined && compareLabels(labels, next) > 0)
      return `a matrix is sorted by labels: ${labels.toString()} comes before ${next.toString()}`
    const wanted = series.find((candidate) => candidate.labels.key === labels.key)?.points ?? []
    if (start + (wanted.length - 1) * step > end)
      return `${labels.toString()} is expected at ${String(wanted.length)} steps, which are more than there are`
    const at = new Map(samples)
    for (const [place, point] of wanted.entries()) {
      const time = start + place * step
      if (!same(point, at.get(time))) return `${labels.toString()} has another value at ${String(time / 1000)} s`
      at.delete(time)
    }
    const [more] = at.keys()
    if (more !== undefined) return `${labels.toString()} has an unexpected value at ${String(more / 1000)} s`
  }
  return undefined
}

/** Series that only one side has, or that come twice. */
function strangers(expected: readonly Labels[], actual: readonly Labels[]): string | undefined {
  const left = new Map(expected.map((labels) => [labels.key, labels]))
  const seen = new Set<string>()
  for (const labels of actual) {
    if (seen.has(labels.key)) return `${labels.toString()} comes twice`
    seen.add(labels.key)
    if (!left.delete(labels.key)) return `unexpected series ${labels.toString()}`
  }
  const [missing] = left.values()
  return missing === undefined ? undefined : `expected series ${missing.toString()} is missing`
}

function same(expected: Point, actual: number | FloatHistogram | undefined): boolean {
  if (expected === undefined || actual === undefined) return expected === actual
  const { value, hintGiven = false } = expected
  // No answer has a stale marker.
  if (value === "stale") return false
  if (typeof value === "number" || typeof actual === "number")
    return typeof value === "number" && typeof actual === "number" && almostSameNumber(value, actual, tolerance)
  return almostEqual(value, actual, tolerance) && (!hintGiven || value.resetHint === actual.resetHint)
}

/** Label by label, name before value, the shorter set first. */
function compareLabels(a: Labels, b: Labels): number {
  for (const [index, [name, value]] of a.pairs.entries()) {
    const other = b.pairs[index]
    if (other === undefined) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    if (value !== other[1]) return value < other[1] ? -1 : 1
  }
  return a.pairs.length - b.pairs.length
}
