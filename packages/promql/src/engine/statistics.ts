import { detectReset } from "../histogram/detect-reset.ts"
import { noBuckets, type FloatHistogram } from "../histogram/float-histogram.ts"
import type { Expr, VectorSelector } from "../parser/ast.ts"
import type { Samples } from "../storage/storage.ts"

/** They need of a histogram no more than its count and sum. */
const ofCountAndSum = new Set("histogram_count histogram_sum histogram_avg timestamp start_timestamp absent".split(" "))
const ofBuckets = new Set(
  "histogram_quantile histogram_quantiles histogram_fraction histogram_stddev histogram_stdvar changes".split(" "),
)
const operatorsOfBuckets = new Set(["</", ">/", "==", "!="])

/** What is needed of a value: all of it, count and sum, or what its users need, which is not known. */
type Need = "all" | "statistics" | "unknown"

/** What an expression needs of its parts. Buckets that are needed anywhere above are needed. */
function needOfParts(expr: Expr, need: Need): Need {
  if (need === "all") return need
  switch (expr.kind) {
    // Between the samples of a subquery resets are looked for, in buckets.
    case "subquery":
      return "all"
    case "call":
      return ofBuckets.has(expr.name) ? "all" : ofCountAndSum.has(expr.name) ? "statistics" : need
    case "aggregation":
      return expr.op === "count_values" ? "all" : need
    case "binary":
      return operatorsOfBuckets.has(expr.op) ? "all" : need
    default:
      return need
  }
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "range":
      return [expr.selector]
    case "paren":
    case "unary":
    case "subquery":
      return [expr.expr]
    case "call":
      return expr.args
    case "aggregation":
      return expr.parameter === undefined ? [expr.expr] : [expr.expr, expr.parameter]
    case "binary":
      return [expr.left, expr.right]
    default:
      return []
  }
}

/** The selectors of a query of whose histograms only count and sum are needed. */
export function statisticsSelectors(query: Expr): ReadonlySet<VectorSelector> {
  const found = new Set<VectorSelector>()
  const visit = (expr: Expr, need: Need): void => {
    if (expr.kind === "selector" && need === "statistics") found.add(expr)
    const inner = needOfParts(expr, need)
    for (const part of partsOf(expr)) visit(part, inner)
  }
  visit(query, "unknown")
  return found
}

/** Count and sum of histograms, without their buckets, so resets, which can only be seen in these, are looked for before. */
export function statisticsOf(samples: Samples): Samples {
  const { histograms } = samples
  if (histograms === undefined) return samples
  let previous: FloatHistogram | undefined
  return {
    ...samples,
    histograms: histograms.map((one) => {
      if (one === undefined) return undefined
      const { schema, count, sum, resetHint } = one
      const hint =
        resetHint !== "unknown" || previous === undefined
          ? resetHint
          : detectReset(previous, one)
            ? "reset"
            : "not_reset"
      previous = one
      return { ...empty, schema, count, sum, resetHint: hint }
    }),
  }
}

const empty: Pick<FloatHistogram, "zeroThreshold" | "zeroCount" | "positive" | "negative" | "customBounds"> = {
  zeroThreshold: 0,
  zeroCount: 0,
  positive: noBuckets,
  negative: noBuckets,
  customBounds: [],
}
