import { formatValue, isStale, PromqlParseError, type Labels } from "@serin/promql"
import { apiErrorOf, badData } from "./api-error.ts"
import type { ApiContext } from "./context.ts"
import { matcherSets } from "./matchers.ts"

interface LastSample {
  readonly labels: Labels
  readonly value: number
  readonly time: number
}

/**
 * The last samples of the series that the selectors name, with the external labels, for another Prometheus to scrape (Prometheus,
 * "Federation"). Native histograms do not fit into the text format and are left out. Throws ApiError.
 */
export function federated(context: ApiContext, parameters: URLSearchParams): string {
  const { config } = context
  const external = { instance: "", ...config.global.external_labels }
  let name = ""
  let text = ""
  for (const { labels, value, time } of lastSamples(context, parameters)) {
    const metric = written(labels.get("__name__"), /[^a-zA-Z0-9_:]/g)
    if (metric !== name) text += `# TYPE ${metric} untyped\n`
    name = metric
    const own = labels.pairs.filter(([label]) => label !== "__name__")
    const added = Object.entries(external).filter(([label]) => labels.get(label) === "")
    const pairs = [...own, ...added].map(
      ([label, labelValue]) => `${written(label, /[^a-zA-Z0-9_]/g)}="${escaped(labelValue)}"`,
    )
    text += `${metric}{${pairs.join(",")}} ${formatValue(value)} ${String(time)}\n`
  }
  return text
}

function lastSamples({ storage, engineOf, now }: ApiContext, parameters: URLSearchParams): LastSample[] {
  const end = now()
  const start = end - engineOf(storage).lookback - 1
  const found = new Map<string, LastSample>()
  for (const matchers of selectors(parameters)) {
    for (const series of storage.select(matchers, start, end)) {
      const { times, values, histograms } = series.read()
      const last = times.length - 1
      const [time, value] = [times[last], values[last]]
      if (time === undefined || value === undefined || isStale(values, last) || histograms?.[last] !== undefined)
        continue
      if (series.labels.get("__name__") !== "") found.set(series.labels.key, { labels: series.labels, value, time })
    }
  }
  const name = ({ labels }: LastSample): string => labels.get("__name__")
  return [...found.values()].sort((a, b) => {
    const [x, y] = name(a) === name(b) ? [a.labels.key, b.labels.key] : [name(a), name(b)]
    return x < y ? -1 : x > y ? 1 : 0
  })
}

function selectors(parameters: URLSearchParams): ReturnType<typeof matcherSets> {
  try {
    return matcherSets(parameters)
  } catch (error) {
    throw error instanceof PromqlParseError ? badData(error.message) : (apiErrorOf(error) ?? error)
  }
}

/** Names of any letters in those that all versions of the format know. */
const written = (name: string, others: RegExp): string => name.replace(others, "_").replace(/^(?=\d)/, "_")

const escaped = (value: string): string => value.replace(/[\\\n"]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))
