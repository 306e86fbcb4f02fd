import { formatShort } from "../format.ts"
import { numberOf } from "../parser/number.ts"
import { bucketsFrom, hasCustomBuckets, type Buckets, type FloatHistogram, type ResetHint } from "./float-histogram.ts"

/** What a test script says of a histogram. */
export type TestHistogram =
  /** `hinted`: the script says what is known of a reset, so that an expected value's hint is to be compared. */
  { readonly histogram: FloatHistogram; readonly hinted: boolean } | { readonly wrong: string }

const whole = /^[+-]?\d+$/
const number = /^([+-]?)(.+)$/s
const hints: ReadonlySet<string> = new Set<ResetHint>(["unknown", "reset", "not_reset", "gauge"])
const keys = new Set([
  "schema",
  "count",
  "sum",
  "z_bucket",
  "z_bucket_w",
  "custom_values",
  "counter_reset_hint",
  "buckets",
  "offset",
  "n_buckets",
  "n_offset",
])

/** Reads the form of test scripts: `{{schema:1 count:3 sum:5 buckets:[1 2]}}`, every key at most once, in any order. */
export function parseTestHistogram(text: string): TestHistogram {
  const inner = /^\{\{(.*)\}\}$/s.exec(text.trim())?.[1]
  if (inner === undefined) return { wrong: `a histogram stands in double braces: ${text}` }
  const given = new Map<string, string>()
  const item = /\s*([a-z_]+):(\[[^\]]*\]|[^\s[\]]+)(?=\s|$)/giy
  while (inner.slice(item.lastIndex).trim() !== "") {
    const rest = inner.slice(item.lastIndex).trim()
    const [, name = "", value = ""] = item.exec(inner) ?? []
    const key = name.toLowerCase()
    if (key === "") return { wrong: `unexpected histogram description: ${rest}` }
    if (!keys.has(key)) return { wrong: `unknown histogram description key: ${key}` }
    if (given.has(key)) return { wrong: `duplicate key ${JSON.stringify(key)} in histogram` }
    given.set(key, value)
  }
  const wrong: string[] = []
  const read = <T>(key: string, without: T, as: (value: string) => T | undefined): T => {
    const value = given.get(key)
    if (value === undefined) return without
    const result = as(value)
    if (result === undefined) wrong.push(`${key}:${value}`)
    return result ?? without
  }
  const side = (counts: string, offset: string): Buckets =>
    bucketsFrom(read(offset, 0, integerOf), read(counts, [], numbersOf))
  const histogram: FloatHistogram = {
    schema: read("schema", 0, integerOf),
    count: read("count", 0, signedNumber),
    sum: read("sum", 0, signedNumber),
    zeroCount: read("z_bucket", 0, signedNumber),
    zeroThreshold: read("z_bucket_w", 0, signedNumber),
    customBounds: read("custom_values", [], numbersOf),
    positive: side("buckets", "offset"),
    negative: side("n_buckets", "n_offset"),
    resetHint: read<ResetHint>("counter_reset_hint", "unknown", (value) =>
      hints.has(value) ? (value as ResetHint) : undefined,
    ),
  }
  return wrong.length === 0
    ? { histogram, hinted: given.has("counter_reset_hint") }
    : { wrong: `no value of a histogram: ${wrong.join(", ")}` }
}

const integerOf = (text: string): number | undefined => (whole.test(text) ? Number(text) : undefined)

function signedNumber(text: string): number | undefined {
  const [, sign, digits = ""] = number.exec(text) ?? []
  const value = numberOf(digits)
  return value === undefined || sign !== "-" ? value : -value
}

function numbersOf(text: string): number[] | undefined {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1]?.trim()
  if (inner === undefined) return undefined
  const values = (inner === "" ? [] : inner.split(/\s+/)).map(signedNumber)
  return values.every((value) => value !== undefined) ? values : undefined
}

/** Writes that form; what is zero is left out. */
export function printTestHistogram(histogram: FloatHistogram): string {
  const { schema, count, sum, zeroCount, zeroThreshold, customBounds, resetHint, positive, negative } = histogram
  const parts: string[] = []
  const put = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${formatShort(value)}`)
  }
  if (schema !== 0) parts.push(`schema:${String(schema)}`)
  put("count", count)
  put("sum", sum)
  put("z_bucket", zeroCount)
  put("z_bucket_w", zeroThreshold)
  if (hasCustomBuckets(histogram)) parts.push(`custom_values:${list(customBounds)}`)
  if (resetHint !== "unknown") parts.push(`counter_reset_hint:${resetHint}`)
  const side = ({ indexes, counts }: Buckets, key: string, offset: string): void => {
    const [first] = indexes
    if (first === undefined) return
    const dense = Array.from({ length: (indexes.at(-1) ?? first) - first + 1 }, () => 0)
    indexes.forEach((index, at) => {
      dense[index - first] = counts[at] ?? 0
    })
    if (first !== 0) parts.push(`${offset}:${String(first)}`)
    parts.push(`${key}:${list(dense)}`)
  }
  side(positive, "buckets", "offset")
  side(negative, "n_buckets", "n_offset")
  return `{{${parts.join(" ")}}}`
}

const list = (values: readonly number[]): string => `[${values.map(formatShort).join(" ")}]`
