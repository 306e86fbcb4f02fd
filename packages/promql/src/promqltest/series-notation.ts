import { add, subtract } from "../histogram/arithmetic.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import { parseTestHistogram } from "../histogram/test-form.ts"
import { Labels } from "../labels.ts"
import { parseSelector } from "../parser/parser.ts"
import type { Point, Series } from "./script.ts"

/** A name and what stands in braces, where a string may hold anything. */
const metric = /^(?:[^\s{"'`]|\{(?:[^"'`}]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)*\})+(?=\s|$)/
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf|nan/i.source
const floats = new RegExp(`^([+-]?(?:${number}))([+-](?:${number}))?(?:x(\\d+))?$`, "i")
const histograms = /^(\{\{[^}]*\}\})(?:([+-])(\{\{[^}]*\}\}))?(?:x(\d+))?$/
const gap = /^_(?:x(\d+))?$/
/** What one item may stand for: more is a slip of the pen. */
const mostRepetitions = 1_000_000

/** `metric{label="value"} 1 2+3x4 _x5 stale {{sum:1 count:1}}`. Throws Error, PromqlParseError. */
export function parseSeries(text: string): Series {
  const name = metric.exec(text)?.[0]
  if (name === undefined) throw new Error(`no series: ${text}`)
  return { labels: parseLabels(name), points: parsePoints(text.slice(name.length)) }
}

function parseLabels(text: string): Labels {
  return Labels.from(
    parseSelector(text, { experimental: true }).map(({ label, op, value }) => {
      if (op !== "=") throw new Error(`a series has labels, no matchers: ${label}${op}"${value}"`)
      return [label, value] as const
    }),
  )
}

function parsePoints(text: string): Point[] {
  // White space in double braces separates no items.
  return (text.match(/(?:\{\{[^}]*\}\}|[^\s{])+|\S+/g) ?? []).flatMap(parseItem)
}

function parseItem(item: string): Point[] {
  const left = gap.exec(item)
  if (left) return Array.from({ length: repetitions(left[1] ?? "1") }, () => undefined)
  if (item === "stale") return [{ value: "stale" }]
  if (item.startsWith("{{")) return parseHistograms(item)
  const match = floats.exec(item)
  const [, first = "", step, times] = match ?? []
  if (!match || (step !== undefined && times === undefined)) throw new Error(`no value of a series: ${item}`)
  const points: Point[] = []
  let value = toNumber(first)
  for (let left = repetitions(times ?? "0"); left >= 0; left -= 1) {
    points.push({ value })
    value += toNumber(step ?? "0")
  }
  return points
}

function parseHistograms(item: string): Point[] {
  const [, first = "", sign, change, times] = histograms.exec(item) ?? []
  if (first === "" || (sign !== undefined && times === undefined)) throw new Error(`no histograms of a series: ${item}`)
  let { histogram: value, hinted: hintGiven } = parseHistogram(first)
  const step = change === undefined ? undefined : parseHistogram(change)
  hintGiven = step?.hinted ?? hintGiven
  const points: Point[] = [{ value, hintGiven }]
  for (let left = repetitions(times ?? "0"); left > 0; left -= 1) {
    if (step !== undefined) value = combined(value, sign === "-" ? "-" : "+", step.histogram)
    points.push({ value, hintGiven })
  }
  return points
}

function parseHistogram(text: string) {
  const parsed = parseTestHistogram(text)
  if ("wrong" in parsed) throw new Error(parsed.wrong)
  return parsed
}

function combined(value: FloatHistogram, sign: "+" | "-", step: FloatHistogram): FloatHistogram {
  if (value.schema > step.schema)
    throw new Error(
      `a histogram of schema ${String(value.schema)} cannot change by one of schema ${String(step.schema)}`,
    )
  const result = sign === "+" ? add(value, step) : subtract(value, step)
  if (result === undefined) throw new Error("these histograms cannot be combined")
  return result.histogram
}

function repetitions(digits: string): number {
  const count = Number(digits)
  if (count > mostRepetitions) throw new Error(`more than ${String(mostRepetitions)} repetitions: x${digits}`)
  return count
}

/** Number() knows all of the notation but Inf and NaN in any case. */
export function toNumber(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1
  const digits = text.replace(/^[+-]/, "")
  if (/^inf(?:inity)?$/i.test(digits)) return sign * Number.POSITIVE_INFINITY
  return /^nan$/i.test(digits) ? Number.NaN : sign * Number(digits)
}
