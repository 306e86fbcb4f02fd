import type { Matcher } from "../parser/ast.ts"
import { wholeMatch } from "../regexp/regexp.ts"
import { shapeOf } from "./matcher-shape.ts"

type Test = (value: string) => boolean

/** Whether a label's value ("" when the series does not have the label) satisfies a matcher. Throws RegexpError. */
export function matcherTest(matcher: Matcher): Test {
  switch (matcher.op) {
    case "=":
      return (value) => value === matcher.value
    case "!=":
      return (value) => value !== matcher.value
    case "=~":
      return patternTest(matcher.value)
    case "!~": {
      const matches = patternTest(matcher.value)
      return (value) => !matches(value)
    }
  }
}

function patternTest(pattern: string): Test {
  const shape = shapeOf(pattern)
  if (shape?.kind === "literals") {
    const values = new Set(shape.values)
    return (value) => values.has(value)
  }
  if (shape?.kind === "prefix")
    return (value) => value.startsWith(shape.prefix) && value.length >= shape.prefix.length + shape.atLeast
  return wholeMatch(pattern)
}
