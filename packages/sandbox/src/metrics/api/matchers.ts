import { matcherTest, parseSelector, type Matcher } from "@serin/promql"
import { badData } from "./api-error.ts"

/** The selectors of `match[]`. Throws ApiError, PromqlParseError. */
export function matcherSets(parameters: URLSearchParams): (readonly Matcher[])[] {
  return parameters.getAll("match[]").map((selector) => {
    const matchers = parseSelector(selector)
    if (matchers.every((matcher) => matcherTest(matcher)("")))
      throw badData("match[] must contain at least one non-empty matcher")
    return matchers
  })
}
