import type { Matcher } from "../parser/ast.ts"
import type { LabelIndex } from "./label-index.ts"
import { shapeOf } from "./matcher-shape.ts"
import { matcherTest } from "./matcher-test.ts"
import { intersect, subtract, union, type Ids } from "./postings.ts"
import type { SeriesTable } from "./series-table.ts"

/** The series that satisfy all matchers, from the index alone. */
export function matching(series: SeriesTable, matchers: readonly Matcher[]): Ids {
  const wanted: Ids[] = []
  const unwanted: Ids[] = []
  for (const matcher of matchers) {
    const test = matcherTest(matcher)
    // A matcher that accepts "" accepts series without the label too: what it does not accept is taken away instead.
    const acceptsNone = test("")
    const ids = withValues(series.labels, matcher, (value) => test(value) !== acceptsNone)
    if (acceptsNone) unwanted.push(ids)
    else wanted.push(ids)
  }
  wanted.sort((a, b) => a.length - b.length)
  const [smallest = series.ids(), ...others] = wanted
  return unwanted.reduce(subtract, others.reduce(intersect, smallest))
}

function withValues(labels: LabelIndex, matcher: Matcher, test: (value: string) => boolean): Ids {
  const values = labels.values(matcher.label)
  const lists: Ids[] = []
  const named = namedValues(matcher)
  if (named === undefined) {
    for (const [value, pair] of values) if (test(value)) lists.push(labels.postings(pair).ids)
  } else {
    for (const value of new Set(named)) {
      const pair = test(value) ? values.get(value) : undefined
      if (pair !== undefined) lists.push(labels.postings(pair).ids)
    }
  }
  return union(lists)
}

/**
 * The only values that a matcher takes in or leaves out, where it names them. With "" among them it speaks of all the others
 * too: a series without the label counts as having "".
 */
function namedValues({ op, value }: Matcher): readonly string[] | undefined {
  const shape = op === "=" || op === "!=" ? { kind: "literals" as const, values: [value] } : shapeOf(value)
  return shape?.kind === "literals" && !shape.values.includes("") ? shape.values : undefined
}
