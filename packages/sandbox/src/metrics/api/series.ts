import type { Labels, Matcher } from "@serin/promql"
import { ApiError, badData, inParameter } from "./api-error.ts"
import type { ApiContext, Handler } from "./context.ts"
import { matcherSets } from "./matchers.ts"
import { optionalTime } from "./parameters.ts"

export const series: Handler = (context, parameters) => {
  if (parameters.getAll("match[]").length === 0) throw badData("no match[] parameter provided")
  const selectors = inSelectors(() => matcherSets(parameters))
  return found(context, parameters, selectors)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((labels) => labels.toRecord())
}

export const dropSeries: Handler = () => {
  throw new ApiError("internal", "not implemented")
}

export const labelNames: Handler = (context, parameters) =>
  [
    ...new Set(
      found(context, parameters, matcherSets(parameters)).flatMap((labels) => labels.pairs.map(([name]) => name)),
    ),
  ].sort()

/** Any text may be a label's name since Prometheus 3. */
export const labelValues =
  (name: string): Handler =>
  (context, parameters) =>
    [...new Set(found(context, parameters, matcherSets(parameters)).map((labels) => labels.get(name)))]
      .filter((value) => value !== "")
      .sort()

function found(
  { storage }: ApiContext,
  parameters: URLSearchParams,
  selectors: readonly (readonly Matcher[])[],
): Labels[] {
  const start = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY)
  const end = optionalTime(parameters, "end", Number.POSITIVE_INFINITY)
  const all = new Map<string, Labels>()
  for (const matchers of selectors.length === 0 ? [[]] : selectors) {
    for (const labels of storage.series(matchers, start, end)) all.set(labels.key, labels)
  }
  return [...all.values()]
}

/** `series` names the parameter, the others do not. */
function inSelectors<T>(parse: () => T): T {
  try {
    return inParameter("match[]", parse)
  } catch (error) {
    if (error instanceof ApiError && error.message.startsWith("match[] "))
      throw badData(`invalid parameter "match[]": ${error.message}`)
    throw error
  }
}
