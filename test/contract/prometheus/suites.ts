import { formatting, paths, queries, ranges, status } from "./cases/api.ts"
import { mistakes } from "./cases/mistakes.ts"
import { aggregations, functions, operators } from "./cases/operators.ts"
import { overTime, rates, selectors } from "./cases/selectors.ts"
import { federation, rules } from "./cases/rules.ts"
import { discovery, scrapes } from "./cases/scrapes.ts"
import { labels, series } from "./cases/series.ts"

export const suites = [
  queries,
  ranges,
  series,
  labels,
  formatting,
  paths,
  status,
  selectors,
  rates,
  overTime,
  aggregations,
  operators,
  functions,
  mistakes,
  scrapes,
  discovery,
  rules,
  federation,
]
