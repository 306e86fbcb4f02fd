import { Labels, type MemoryStorage } from "@serin/promql"

/** One sample line. `timestamp` in Unix milliseconds when the line carries one. */
export interface ExposedSample {
  readonly labels: Labels
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
}

export interface Exposition {
  readonly samples: ExposedSample[]
  readonly metadata: ReadonlyMap<string, MetricMetadata>
}

const nameShape = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelShape = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)/y
const restShape = /\s*([^\s#]+)(?:\s+(-?[0-9.]+))?\s*(?:#.*)?$/y

/** Parses Prometheus' text format 0.0.4 and the OpenMetrics lines that it shares (exemplars are skipped, `# EOF` ends). */
export function parseExposition(text: string, openMetrics = false): Exposition {
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) {
      if (line === "# EOF") break
      readComment(line, metadata)
    } else if (line.trim() !== "") samples.push(parseLine(line, openMetrics))
  }
  return { samples, metadata }
}

function readComment(line: string, metadata: Map<string, MetricMetadata>): void {
  const match = /^#\s+(HELP|TYPE)\s+(\S+)\s*(.*)$/.exec(line)
  if (!match?.[2]) return
  const entry = metadata.get(match[2]) ?? { type: "unknown", help: "" }
  metadata.set(match[2], entry)
  if (match[1] === "TYPE") entry.type = match[3] === "untyped" ? "unknown" : (match[3] ?? "unknown")
  else entry.help = unescape(match[3] ?? "")
}

function parseLine(line: string, openMetrics: boolean): ExposedSample {
  nameShape.lastIndex = 0
  const name = nameShape.exec(line)?.[0]
  if (name === undefined) throw new ExpositionError(`no metric name in ${JSON.stringify(line)}`)
  const pairs: [string, string][] = [["__name__", name]]
  let at = name.length
  while (line.charAt(at) === " ") at += 1
  if (line.charAt(at) === "{") at = readLabels(line, at + 1, pairs)
  restShape.lastIndex = at
  const rest = restShape.exec(line)
  const value = parseValue(rest?.[1] ?? "")
  if (!rest || value === undefined) throw new ExpositionError(`no value in ${JSON.stringify(line)}`)
  const labels = Labels.from(pairs)
  if (rest[2] === undefined) return { labels, value }
  return { labels, value, timestamp: Number(rest[2]) * (openMetrics ? 1000 : 1) }
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
  if (/^[+]?inf$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^-inf$/i.test(text)) return Number.NEGATIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const value = Number(text)
  return text === "" || Number.isNaN(value) ? undefined : value
}

const unescape = (text: string): string =>
  text.includes("\\") ? text.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char)) : text

/** Fills a storage with samples that carry their times, as `promtool tsdb create-blocks-from openmetrics` does. */
export function loadOpenMetrics(storage: MemoryStorage, text: string): void {
  for (const { labels, timestamp, value } of parseExposition(text, true).samples) {
    if (timestamp === undefined) throw new ExpositionError(`no time of ${labels.toString()}`)
    storage.append(labels, timestamp, value)
  }
}
