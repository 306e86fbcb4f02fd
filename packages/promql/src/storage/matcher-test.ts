import type { Matcher } from "../parser/ast.ts"
import { anchored } from "../parser/regexp.ts"

/** Whether a label's value ("" when the series does not have the label) satisfies a matcher. */
export function matcherTest(matcher: Matcher): (value: string) => boolean {
  switch (matcher.op) {
    case "=":
      return (value) => value === matcher.value
    case "!=":
      return (value) => value !== matcher.value
    case "=~": {
      const pattern = anchored(matcher.value)
      return (value) => pattern.test(value)
    }
    case "!~": {
      const pattern = anchored(matcher.value)
      return (value) => !pattern.test(value)
    }
  }
}
