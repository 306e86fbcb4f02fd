import { Labels, type FloatHistogram, type MemoryStorage } from "@serin/promql"
import { ExpositionError } from "./exposition-error.ts"
import { normalBound } from "./normal-bound.ts"
import { LineReader, unescapeText } from "./sample-line.ts"
import { SeriesTexts, type NamedSeries } from "./series-texts.ts"

/** `timestamp` in Unix milliseconds when the sample carries one. */
export interface ExposedSample extends NamedSeries {
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
const textTypes = ["counter", "gauge", "histogram", "summary", "untyped"]
const openTypes = ["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"]

/**
 * Parses Prometheus' text format, or OpenMetrics. Throws ExpositionError. `known` are the series of the target's last
 * exposition; afterwards, of this one.
 */
export function parseExposition(text: string, openMetrics = false, known = new SeriesTexts()): Exposition {
  known.begin(openMetrics)
  try {
    return readLines(text.split("\n"), openMetrics, known)
  } finally {
    known.end()
  }
}

function readLines(lines: readonly string[], openMetrics: boolean, known: SeriesTexts): Exposition {
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  let ended = false
  let type = ""
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1
    if (ended && !(isLast && line === "")) throw new ExpositionError("unexpected data after # EOF")
    if (openMetrics && line === "# EOF") ended = true
    else if (line.startsWith("#")) type = readComment(line, metadata, openMetrics) ?? type
    else if (line.trim() !== "") samples.push(readSample(line, openMetrics, type, known))
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
      const type = (openMetrics ? openTypes : textTypes).find((one) => one === text)
      if (type === undefined) throw new ExpositionError(`invalid metric type ${JSON.stringify(text)}`)
      entry.type = type === "untyped" ? "unknown" : type
      return type
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

function readSample(line: string, openMetrics: boolean, type: string, known: SeriesTexts): ExposedSample {
  const text = line.slice(0, seriesEnd(line, openMetrics))
  const found = known.find(text, type)
  // What is kept is copied: a part of a text holds the whole of it in memory, which is all that was scraped.
  const reader =
    found === undefined ? new LineReader(copied(line), openMetrics) : new LineReader(line, openMetrics, text.length)
  const series = found ?? learn(reader, type, known)
  const { value, timestamp, exemplar } = reader.sample()
  return {
    labels: series.labels,
    emptied: series.emptied,
    value,
    ...(timestamp !== undefined && { timestamp }),
    ...(exemplar !== undefined && {
      exemplar: {
        ...exemplar,
        labels: Labels.from(exemplar.labels.map(([label, text]) => [label, copied(text)] as const)),
      },
    }),
  }
}

/**
 * Where a line's series ends, if nothing unusual stands behind it. A known series up to there is the line's: wherever a line
 * begins with a whole series, it is that one. Where the guess is wrong, nothing is known by that text.
 */
function seriesEnd(line: string, openMetrics: boolean): number {
  const exemplar = openMetrics ? line.indexOf(" # ") : -1
  const own = exemplar === -1 ? line : line.slice(0, exemplar)
  const brace = own.lastIndexOf("}")
  if (brace !== -1) return brace + 1
  return own.includes("{") ? 0 : own.search(/[ \t]|$/)
}

function learn(reader: LineReader, type: string, known: SeriesTexts): NamedSeries {
  const { name, labels: written } = reader.series()
  const labels = Labels.from([
    ...written.map(([label, text]) => [label, normalBound(type, label, text)] as const),
    ["__name__", name],
  ])
  const series = { labels, emptied: written.flatMap(([label, text]) => (text === "" ? [label] : [])) }
  known.add(reader.read.trimEnd(), type, series)
  return series
}

const copied = (text: string): string => Buffer.from(text).toString()

/** Fills a storage with samples that carry their times, as `promtool tsdb create-blocks-from openmetrics` does. */
export function loadOpenMetrics(storage: MemoryStorage, text: string): void {
  for (const { labels, timestamp, value } of parseExposition(text, true).samples) {
    if (timestamp === undefined) throw new ExpositionError(`no time of ${labels.toString()}`)
    storage.append(labels, timestamp, value)
  }
}
