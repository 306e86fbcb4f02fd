import {
  formatValue,
  histogramJson,
  parse,
  PromqlError,
  prettify,
  type Engine,
  type QueryResult,
  type Sample,
  type Storage,
} from "@serin/promql"
import { badData, badParameter, inParameter } from "./api-error.ts"
import { Annotated, type ApiContext, type Handler } from "./context.ts"
import { limitOf, truncated } from "./limit.ts"
import { optionalDuration, optionalTime, parsedDuration, requiredDuration, requiredTime } from "./parameters.ts"
import { CountingStorage, statistics } from "./statistics.ts"

const maxPoints = 11_000
/** `--query.timeout` */
export const queryTimeout = 120_000

export const query: Handler = (context, parameters) => {
  const limit = limitOf(parameters)
  const time = optionalTime(parameters, "time", context.now())
  const expired = deadline(context, parameters)
  const text = queryText(parameters)
  return answered(context, parameters, limit, (engine) => engine.instant(text, time, expired))
}

export const queryRange: Handler = (context, parameters) => {
  const limit = limitOf(parameters)
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
  return answered(context, parameters, limit, (engine) => engine.range(text, start, end, step, expired))
}

export const formatQuery: Handler = (_context, parameters) =>
  inParameter("query", () => prettify(parse(queryText(parameters))))

export const queryText = (parameters: URLSearchParams): string => parameters.get("query") ?? ""

/** When to give a query up. One that may take no time at all never begins. */
function deadline({ now }: ApiContext, parameters: URLSearchParams): () => boolean {
  const timeout = Math.min(optionalDuration(parameters, "timeout") ?? queryTimeout, queryTimeout)
  if (timeout <= 0) throw new PromqlError("timeout", "query timed out in query queue")
  const end = now() + timeout
  return () => now() > end
}

/** Runs a query, with what its parameters want of all queries. */
function answered(
  context: ApiContext,
  parameters: URLSearchParams,
  limit: number | undefined,
  run: (engine: Engine) => QueryResult,
): Annotated {
  const lookback = lookbackOf(parameters)
  const counting = (parameters.get("stats") ?? "") === "" ? undefined : new CountingStorage(context.storage)
  const storage: Storage = counting ?? context.storage
  const began = performance.now()
  const result = inParameter("query", () => run(context.engineOf(storage, lookback)))
  const duration = performance.now() - began
  const data = shown(result, limit)
  const isCut =
    limit !== undefined && (result.type === "vector" || result.type === "matrix") && result.series.length > limit
  return new Annotated(
    { ...data, ...(counting !== undefined && { stats: statistics(counting, duration) }) },
    isCut ? [...result.warnings, truncated] : result.warnings,
    result.infos,
  )
}

/** Nothing, or nothing positive, leaves it to the server. */
function lookbackOf(parameters: URLSearchParams): number | undefined {
  const text = parameters.get("lookback_delta") ?? ""
  if (text === "") return undefined
  const lookback = parsedDuration(text, (reason) => badData(`error parsing lookback delta duration: ${reason}`))
  return lookback > 0 ? lookback : undefined
}

function shown(result: QueryResult, limit: number | undefined): object {
  switch (result.type) {
    case "scalar":
      return { resultType: "scalar", result: point(result.sample) }
    case "string":
      return { resultType: "string", result: [result.time / 1000, result.value] }
    case "vector":
      return {
        resultType: "vector",
        result: result.series.slice(0, limit).map(({ labels, sample }) => ({
          metric: labels.toRecord(),
          [isFloat(sample) ? "value" : "histogram"]: point(sample),
        })),
      }
    case "matrix":
      return {
        resultType: "matrix",
        result: result.series.slice(0, limit).map(({ labels, samples }) => {
          const floats = samples.filter(isFloat)
          const histograms = floats.length === samples.length ? [] : samples.filter((sample) => !isFloat(sample))
          return {
            metric: labels.toRecord(),
            ...(floats.length > 0 && { values: floats.map(point) }),
            ...(histograms.length > 0 && { histograms: histograms.map(point) }),
          }
        }),
      }
  }
}

const isFloat = ([, value]: Sample): boolean => typeof value === "number"

const point = ([time, value]: Sample): [number, unknown] => [
  time / 1000,
  typeof value === "number" ? formatValue(value) : histogramJson(value),
]
