import type { Labels, Matcher } from "@serin/promql"
import { ApiError, badData, inParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { unescapeName } from "./escaped-name.ts"
import { limited, limitOf } from "./limit.ts"
import { matcherSets } from "./matchers.ts"
import { optionalTime } from "./parameters.ts"

export const series: Handler = ({ storage }, parameters) => {
  if (parameters.getAll("match[]").length === 0) throw badData("no match[] parameter provided")
  const limit = limitOf(parameters)
  const { start, end } = times(parameters)
  const found = new Map<string, Labels>()
  for (const matchers of inSelectors(() => matcherSets(parameters)))
    for (const labels of storage.series(matchers, start, end)) found.set(labels.key, labels)
  return limited(
    [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map((labels) => labels.toRecord()),
    limit,
  )
}

export const dropSeries: Handler = () => {
  throw new ApiError("internal", "not implemented")
}

export const labelNames: Handler = (context, parameters) =>
  named(parameters, (matchers, start, end) => context.storage.labelNames(matchers, start, end))

/** Any text may be a label's name since Prometheus 3. */
export const labelValues =
  (escaped: string): Handler =>
  (context, parameters) => {
    const name = unescapeName(escaped)
    if (name === "") throw badData(`invalid label name: ""`)
    return named(parameters, (matchers, start, end) => context.storage.labelValues(name, matchers, start, end))
  }

/** What is found by any of the selectors, or by none if there is none, sorted and each once. */
function named(
  parameters: URLSearchParams,
  find: (matchers: readonly Matcher[], start: number, end: number) => readonly string[],
): unknown {
  const limit = limitOf(parameters)
  const { start, end } = times(parameters)
  const sets = matcherSets(parameters)
  const found = (sets.length === 0 ? [[]] : sets).flatMap((matchers) => find(matchers, start, end))
  return limited([...new Set(found)].sort(), limit)
}

const times = (parameters: URLSearchParams): { start: number; end: number } => ({
  start: optionalTime(parameters, "start", Number.NEGATIVE_INFINITY),
  end: optionalTime(parameters, "end", Number.POSITIVE_INFINITY),
})

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
