import { Labels, type MemoryStorage } from "@serin/promql"

/** One sample line. `timestamp` in Unix milliseconds when the line carries one. */
export interface ExposedSample {
  readonly labels: Labels
  /** Names of labels that are said to be empty: where labels are honored, a target's label does not fill them. */
  readonly emptied: readonly string[]
  readonly value: number
  readonly timestamp?: number
}

/** The text does not follow the exposition format; the whole scrape fails, as in Prometheus. */
export class ExpositionError extends Error {
  override readonly name = "ExpositionError"
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

const nameShape = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelShape = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)/y
/** Value and time: in the text format milliseconds, in OpenMetrics seconds, and behind it an exemplar. */
const textRest = /[ \t]*([^\s#]+)(?:[ \t]+(-?\d+))?[ \t]*$/y
const openRest = /[ \t]*([^\s#]+)(?:[ \t]+(-?\d+(?:\.\d+)?))?(?:[ \t]+#[ \t].*)?$/y
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Parses Prometheus' text format 0.0.4, or OpenMetrics. Exemplars are skipped. Throws ExpositionError. */
export function parseExposition(text: string, openMetrics = false): Exposition {
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  let ended = false
  for (const line of text.split("\n")) {
    if (ended && line !== "") throw new ExpositionError("unexpected data after # EOF")
    if (openMetrics && line === "# EOF") ended = true
    else if (line.startsWith("#")) readComment(line, metadata, openMetrics)
    else if (line.trim() !== "") samples.push(parseLine(line, openMetrics))
  }
  if (openMetrics && !ended) throw new ExpositionError("data does not end with # EOF")
  return { samples, metadata }
}

function readComment(line: string, metadata: Map<string, MetricMetadata>, openMetrics: boolean): void {
  const match = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+(\S+)[ \t]?(.*)$/.exec(line)
  if (!match?.[2] || (match[1] === "UNIT" && !openMetrics)) return
  const text = match[3] ?? ""
  const entry = metadata.get(match[2]) ?? { type: "unknown", help: "", unit: "" }
  metadata.set(match[2], entry)
  if (match[1] === "TYPE") entry.type = text.trim() === "untyped" ? "unknown" : text.trim()
  else if (match[1] === "UNIT") {
    entry.unit = text.trim()
    if (entry.unit !== "" && !match[2].endsWith(`_${entry.unit}`))
      throw new ExpositionError(`unit not a suffix of metric ${JSON.stringify(match[2])}`)
  } else entry.help = unescape(text)
}

function parseLine(line: string, openMetrics: boolean): ExposedSample {
  nameShape.lastIndex = 0
  const name = nameShape.exec(line)?.[0]
  if (name === undefined) throw new ExpositionError(`no metric name in ${JSON.stringify(line)}`)
  const pairs: [string, string][] = [["__name__", name]]
  let at = name.length
  while (/[ \t]/.test(line.charAt(at))) at += 1
  if (line.charAt(at) === "{") at = readLabels(line, at + 1, pairs)
  const shape = openMetrics ? openRest : textRest
  shape.lastIndex = at
  const rest = shape.exec(line)
  const value = parseValue(rest?.[1] ?? "")
  if (!rest || value === undefined) throw new ExpositionError(`no value in ${JSON.stringify(line)}`)
  const labels = Labels.from(pairs)
  const emptied = pairs.flatMap(([label, text]) => (text === "" ? [label] : []))
  if (rest[2] === undefined) return { labels, emptied, value }
  return { labels, emptied, value, timestamp: openMetrics ? Math.round(Number(rest[2]) * 1000) : Number(rest[2]) }
}

function readLabels(line: string, start: number, pairs: [string, string][]): number {
  let at = start
  for (;;) {
    labelShape.lastIndex = at
    const label = labelShape.exec(line)
    if (!label) break
    pairs.push([label[1] ?? "", unescape(label[2] ?? "")])
    at = labelShape.lastIndex
    if (label[3] === "") break
  }
  while (line.charAt(at) === " ") at += 1
  if (line.charAt(at) !== "}") throw new ExpositionError(`labels do not end in ${JSON.stringify(line)}`)
  return at + 1
}

function parseValue(text: string): number | undefined {
  if (/^[+]?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  return number.test(text) ? Number(text) : undefined
}

/** `\\`, `\n` and `\"`; before anything else a backslash is a backslash. */
const unescape = (text: string): string =>
  text.includes("\\") ? text.replace(/\\([\\n"])/g, (_, char: string) => (char === "n" ? "\n" : char)) : text

/** Fills a storage with samples that carry their times, as `promtool tsdb create-blocks-from openmetrics` does. */
export function loadOpenMetrics(storage: MemoryStorage, text: string): void {
  for (const { labels, timestamp, value } of parseExposition(text, true).samples) {
    if (timestamp === undefined) throw new ExpositionError(`no time of ${labels.toString()}`)
    storage.append(labels, timestamp, value)
  }
}
