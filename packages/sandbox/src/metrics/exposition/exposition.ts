import { Labels, type FloatHistogram, type MemoryStorage } from "@serin/promql"
import { ExpositionError } from "./exposition-error.ts"
import { normalBound } from "./normal-bound.ts"
import { readSampleLine, unescapeText, type SampleLine, type WrittenLabels } from "./sample-line.ts"

/** `timestamp` in Unix milliseconds when the sample carries one. */
export interface ExposedSample {
  readonly labels: Labels
  /** Names of labels that are said to be empty: where labels are honored, a target's label does not fill them. */
  readonly emptied: readonly string[]
  readonly value: number | FloatHistogram
  readonly timestamp?: number
  readonly exemplar?: ExposedExemplar
}

export interface ExposedExemplar {
  readonly labels: Labels
  readonly value: number
  readonly timestamp?: number
}

export interface MetricMetadata {
  type: string
  help: string
  unit: string
}

export interface Exposition {
  readonly samples: ExposedSample[]
  readonly metadata: ReadonlyMap<string, MetricMetadata>
}

const comment = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+("(?:[^"\\\n]|\\.)*"|\S+)([ \t]?)(.*)$/
const textTypes = new Set(["counter", "gauge", "histogram", "summary", "untyped"])
const openTypes = new Set(["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"])

/** Parses Prometheus' text format, or OpenMetrics. Throws ExpositionError. */
export function parseExposition(text: string, openMetrics = false): Exposition {
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  const lines = text.split("\n")
  let ended = false
  let type = ""
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1
    if (ended && !(isLast && line === "")) throw new ExpositionError("unexpected data after # EOF")
    if (openMetrics && line === "# EOF") ended = true
    else if (line.startsWith("#")) type = readComment(line, metadata, openMetrics) ?? type
    else if (line.trim() !== "") samples.push(exposed(readSampleLine(line, openMetrics), type))
    else if (openMetrics && !isLast) throw new ExpositionError("an empty line")
  }
  if (openMetrics && !ended) throw new ExpositionError("data does not end with # EOF")
  return { samples, metadata }
}

/** Answers the type that the lines after it are of, if the comment says one. */
function readComment(line: string, metadata: Map<string, MetricMetadata>, openMetrics: boolean): string | undefined {
  const [, kind, written = "", gap, text = ""] = comment.exec(line) ?? []
  if (kind === undefined || (kind === "UNIT" && !openMetrics)) {
    if (openMetrics) throw new ExpositionError(`no comment that OpenMetrics knows: ${JSON.stringify(line)}`)
    return undefined
  }
  if (openMetrics && gap === "") throw new ExpositionError(`expected text in ${kind}`)
  const name = written.startsWith('"') ? unescapeText(written.slice(1, -1)) : written
  const entry = metadata.get(name) ?? { type: "unknown", help: "", unit: "" }
  metadata.set(name, entry)
  switch (kind) {
    case "TYPE": {
      if (!(openMetrics ? openTypes : textTypes).has(text))
        throw new ExpositionError(`invalid metric type ${JSON.stringify(text)}`)
      entry.type = text === "untyped" ? "unknown" : text
      return text
    }
    case "UNIT":
      entry.unit = text
      if (entry.unit !== "" && !name.endsWith(`_${entry.unit}`))
        throw new ExpositionError(`unit ${JSON.stringify(entry.unit)} not a suffix of metric ${JSON.stringify(name)}`)
      return undefined
    default:
      entry.help = unescapeText(text)
      return undefined
  }
}

function exposed({ name, labels: written, value, timestamp, exemplar }: SampleLine, type: string): ExposedSample {
  const labels = Labels.from([
    ...written.map(([label, text]) => [label, normalBound(type, label, text)] as const),
    ["__name__", name],
  ])
  return {
    labels,
    emptied: written.flatMap(([label, text]) => (text === "" ? [label] : [])),
    value,
    ...(timestamp !== undefined && { timestamp }),
    ...(exemplar !== undefined && { exemplar: { ...exemplar, labels: labelsOf(exemplar.labels) } }),
  }
}

const labelsOf = (written: WrittenLabels): Labels => Labels.from(written)

/** Fills a storage with samples that carry their times, as `promtool tsdb create-blocks-from openmetrics` does. */
export function loadOpenMetrics(storage: MemoryStorage, text: string): void {
  for (const { labels, timestamp, value } of parseExposition(text, true).samples) {
    if (timestamp === undefined) throw new ExpositionError(`no time of ${labels.toString()}`)
    storage.append(labels, timestamp, value)
  }
}
