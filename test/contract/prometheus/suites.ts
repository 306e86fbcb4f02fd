import { formatting, paths, queries, ranges, status } from "./cases/api.ts"
import { aggregations, functions, mistakes, operators, overTime, rates, selectors } from "./cases/promql.ts"
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
]
