import { formatValue, matcherTest, parse, type Expr, type Matcher } from "@serin/promql"
import { badData } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { optionalTime } from "./parameters.ts"
import { queryText } from "./queries.ts"

/** The exemplars of all series that the query's selectors name. */
export const queryExemplars: Handler = ({ exemplars }, parameters) => {
  const start = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY)
  const end = optionalTime(parameters, "end", Number.POSITIVE_INFINITY)
  if (end < start) throw badData("end timestamp must not be before start timestamp")
  const selectors = selectorsOf(parse(queryText(parameters))).map((matchers) =>
    matchers.map((matcher) => ({ label: matcher.label, test: matcherTest(matcher) })),
  )
  return exemplars
    .within(start, end, (labels) =>
      selectors.some((matchers) => matchers.every(({ label, test }) => test(labels.get(label)))),
    )
    .map(({ series, exemplars: found }) => ({
      seriesLabels: series.toRecord(),
      exemplars: found.map(({ labels, value, time }) => ({
        labels: labels.toRecord(),
        value: formatValue(value),
        timestamp: time / 1000,
      })),
    }))
}

function selectorsOf(expr: Expr): (readonly Matcher[])[] {
  switch (expr.kind) {
    case "number":
    case "string":
      return []
    case "selector":
      return [expr.matchers]
    case "range":
      return [expr.selector.matchers]
    case "subquery":
    case "paren":
    case "unary":
      return selectorsOf(expr.expr)
    case "aggregation":
      return [...selectorsOf(expr.expr), ...(expr.parameter === undefined ? [] : selectorsOf(expr.parameter))]
    case "call":
      return expr.args.flatMap(selectorsOf)
    case "binary":
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)]
  }
}
