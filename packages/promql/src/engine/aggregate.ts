import type { Aggregation } from "../parser/ast.ts"
import { isLabelName } from "../labels.ts"
import { quoted } from "../utf8.ts"
import { CountValues } from "./aggregate/count-values.ts"
import { groupingOf } from "./aggregate/group-labels.ts"
import { placeOf as shareOfLabels } from "./aggregate/label-hash.ts"
import { placeOf } from "./annotations.ts"
import { Mean } from "./aggregate/mean.ts"
import { ratios, seriesCounts, warnOfQuantiles } from "./aggregate/parameter.ts"
import { QuantileOfGroup } from "./aggregate/quantile-of-group.ts"
import { ranked } from "./aggregate/ranked-series.ts"
import { ReducingAggregator, type Reduction } from "./aggregate/reduction.ts"
import { firstOnes, SelectingAggregator, shareOf, type Choose } from "./aggregate/selected-series.ts"
import { Count, Deviation, Extreme } from "./aggregate/simple.ts"
import { Sum } from "./aggregate/sum.ts"
import type { Aggregator, CallContext } from "./call-context.ts"
import type { Column, Value } from "./grid.ts"
import { PromqlError } from "./query-error.ts"
import { Telling } from "./told.ts"

/** An aggregation that is given its columns one by one. `parameter` is the value of `topk`, `quantile` and the like. Throws PromqlError. */
export function aggregator(expr: Aggregation, parameter: Value | undefined, context: CallContext): Aggregator {
  const { op } = expr
  const steps = context.grid.count
  const grouping = groupingOf(expr)
  const told = new Telling(context.annotations, placeOf(expr.expr))
  const toldOfParameter = new Telling(context.annotations, placeOf(expr.parameter ?? expr))
  const reducing = (begin: () => Reduction): Aggregator => new ReducingAggregator(grouping, context, begin)
  const selecting = (choose: Choose | undefined): Aggregator =>
    choose === undefined ? nothing : new SelectingAggregator(grouping, context, choose)
  switch (op) {
    case "sum":
      return reducing(() => new Sum(steps, told))
    case "avg":
      return reducing(() => new Mean(steps, told))
    case "min":
    case "max":
      return reducing(() => new Extreme(op, steps, told))
    case "count":
    case "group":
      return reducing(() => new Count(op, steps))
    case "stddev":
    case "stdvar":
      return reducing(() => new Deviation(op, steps, told))
    case "quantile": {
      const phi = scalarOf(parameter, steps)
      warnOfQuantiles(phi, toldOfParameter)
      return new ReducingAggregator(grouping, context, () => new QuantileOfGroup(phi, told, context), true)
    }
    case "topk":
    case "bottomk": {
      const counts = seriesCounts(scalarOf(parameter, steps))
      return selecting(counts && ranked(op, counts, new Telling(context.annotations, expr)))
    }
    case "limitk": {
      const counts = seriesCounts(scalarOf(parameter, steps))
      return selecting(counts && firstOnes(counts))
    }
    case "limit_ratio": {
      const shares = ratios(scalarOf(parameter, steps), toldOfParameter)
      const places = new WeakMap<Column, number>()
      const place = (column: Column): number => {
        const known = places.get(column) ?? shareOfLabels(column.labels)
        places.set(column, known)
        return known
      }
      return selecting(shares && shareOf(shares, place))
    }
    case "count_values":
      return new CountValues(labelOf(parameter), expr, context)
    default:
      throw new PromqlError("execution", `unknown aggregation ${op}`)
  }
}

const nothing: Aggregator = { keeps: false, add: () => undefined, finish: () => [] }

const scalarOf = (parameter: Value | undefined, steps: number): Float64Array =>
  parameter?.kind === "scalar" ? parameter.values : new Float64Array(steps)

function labelOf(parameter: Value | undefined): string {
  const label = parameter?.kind === "string" ? parameter.value : ""
  if (!isLabelName(label)) throw new PromqlError("execution", `invalid label name ${quoted(label)}`)
  return label
}
