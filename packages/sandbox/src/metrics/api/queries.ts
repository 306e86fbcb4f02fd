import {
  formatHistogram,
  formatValue,
  parse,
  PromqlError,
  prettify,
  type QueryResult,
  type Sample,
} from "@serin/promql"
import { badData, badParameter, inParameter } from "./api-error.ts"
import type { ApiContext, Handler } from "./context.ts"
import { optionalDuration, optionalTime, requiredDuration, requiredTime } from "./parameters.ts"

const maxPoints = 11_000
/** `--query.timeout` */
export const queryTimeout = 120_000

export const query: Handler = (context, parameters) => {
  const time = optionalTime(parameters, "time", context.now())
  const expired = deadline(context, parameters)
  const text = queryText(parameters)
  return instantData(inParameter("query", () => context.engine.instant(text, time, expired)))
}

export const queryRange: Handler = (context, parameters) => {
  const start = requiredTime(parameters, "start")
  const end = requiredTime(parameters, "end")
  if (end < start) throw badParameter("end", "end timestamp must not be before start time")
  const step = requiredDuration(parameters, "step")
  if (step <= 0)
    throw badParameter("step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
  if (Math.floor((end - start) / step) > maxPoints)
    throw badData(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    )
  const expired = deadline(context, parameters)
  const text = queryText(parameters)
  const { series } = inParameter("query", () => context.engine.range(text, start, end, step, expired))
  return {
    resultType: "matrix",
    result: series.map(({ labels, samples }) => ({ metric: labels.toRecord(), values: samples.map(point) })),
  }
}

export const formatQuery: Handler = (_context, parameters) =>
  inParameter("query", () => prettify(parse(queryText(parameters))))

/** None are stored: Node programs of the embedded world expose none. */
export const queryExemplars: Handler = (_context, parameters) => {
  const start = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY)
  const end = optionalTime(parameters, "end", Number.POSITIVE_INFINITY)
  if (end < start) throw badData("end timestamp must not be before start timestamp")
  parse(queryText(parameters))
  return []
}

const queryText = (parameters: URLSearchParams): string => parameters.get("query") ?? ""

/** When to give a query up. One that may take no time at all never begins. */
function deadline({ now }: ApiContext, parameters: URLSearchParams): () => boolean {
  const timeout = Math.min(optionalDuration(parameters, "timeout") ?? queryTimeout, queryTimeout)
  if (timeout <= 0) throw new PromqlError("timeout", "query timed out in query queue")
  const end = now() + timeout
  return () => now() > end
}

function instantData(result: QueryResult): unknown {
  switch (result.type) {
    case "scalar":
      return { resultType: "scalar", result: point(result.sample) }
    case "string":
      return { resultType: "string", result: [result.time / 1000, result.value] }
    case "vector":
      return {
        resultType: "vector",
        result: result.series.map(({ labels, sample }) => ({ metric: labels.toRecord(), value: point(sample) })),
      }
    case "matrix":
      return {
        resultType: "matrix",
        result: result.series.map(({ labels, samples }) => ({ metric: labels.toRecord(), values: samples.map(point) })),
      }
  }
}

const point = ([time, value]: Sample): [number, string] => [
  time / 1000,
  typeof value === "number" ? formatValue(value) : formatHistogram(value),
]
