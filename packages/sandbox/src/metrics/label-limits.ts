import type { Labels } from "@serin/promql"
import type { ScrapeConfig } from "./config.ts"

/** Throws Error, in Prometheus' words, for a series with more or longer labels than the job allows. */
export function checkLabels(labels: Labels, job: ScrapeConfig): void {
  const metric = short(labels.get("__name__"))
  const { label_limit: most, label_name_length_limit: names, label_value_length_limit: values } = job
  const { pairs } = labels
  if (most > 0 && pairs.length > most)
    throw new Error(
      `label_limit exceeded (metric: ${metric}, number of labels: ${String(pairs.length)}, limit: ${String(most)})`,
    )
  if (names === 0 && values === 0) return
  for (const [name, value] of pairs) {
    const [nameLength, valueLength] = [Buffer.byteLength(name), Buffer.byteLength(value)]
    if (names > 0 && nameLength > names)
      throw new Error(
        `label_name_length_limit exceeded (metric: ${metric}, label name: ${short(name)}, length: ${String(nameLength)}, limit: ${String(names)})`,
      )
    if (values > 0 && valueLength > values)
      throw new Error(
        `label_value_length_limit exceeded (metric: ${metric}, label name: ${short(name)}, value: ${JSON.stringify(short(value))}, length: ${String(valueLength)}, limit: ${String(values)})`,
      )
  }
}

const legacyMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const legacyLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Throws Error for a series without a name, or with names that the job's scheme does not have. */
export function checkNames(labels: Labels, { metric_name_validation_scheme: scheme }: ScrapeConfig): void {
  const metric = labels.get("__name__")
  if (metric === "") throw new Error("missing metric name (__name__ label)")
  if (scheme === "utf8") return
  if (!legacyMetric.test(metric) || labels.pairs.some(([name]) => !legacyLabel.test(name)))
    throw new Error(`invalid metric name or label names: ${labels.toString()}`)
}

const short = (text: string): string => Array.from(text).slice(0, 50).join("")
