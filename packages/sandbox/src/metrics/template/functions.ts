import { isIP } from "node:net"
import { expand, parseDuration, searched, type Groups } from "@serin/promql"
import { humanize, humanize1024, humanizeDuration, humanizePercentage } from "./humanize.ts"
import { shown, sprintf } from "./print.ts"
import { isTrue, TemplateDuration, TemplateSample, TemplateTime, typeName, type Value } from "./value.ts"

/** What a function of a template is called with, and what it says. Throws Error with the reason. */
export type TemplateFunction = (...values: readonly Value[]) => Value

/** What templates ask the world. */
export interface TemplateWorld {
  query(text: string): readonly TemplateSample[]
  /** Unix seconds of the evaluation. */
  readonly now: number
  readonly externalUrl: string
}

/** Go's functions of every template, and Prometheus' own ("Template reference"). */
export const functionsOf = (world: TemplateWorld): ReadonlyMap<string, TemplateFunction> =>
  new Map(Object.entries({ ...ofEveryTemplate, ...ofPrometheus, ...ofWorld(world) }))

const ofWorld = (world: TemplateWorld): Record<string, TemplateFunction> => ({
  query: (text) => world.query(string(text)),
  now: () => world.now,
  externalURL: () => world.externalUrl,
  pathPrefix: () => new URL(world.externalUrl).pathname.replace(/\/$/, ""),
})

const string = (value: Value): string => {
  if (typeof value === "string") return value
  throw new Error(`wrong type for value; expected string; got ${typeName(value)}`)
}

function samples(value: Value): readonly TemplateSample[] {
  if (Array.isArray(value)) return value as readonly TemplateSample[]
  throw new Error(`wrong type for value; expected template.queryResult; got ${typeName(value)}`)
}

function sample(value: Value): TemplateSample {
  if (value instanceof TemplateSample) return value
  throw new Error(`wrong type for value; expected *template.sample; got ${typeName(value)}`)
}

/** Numbers, and text that is one. */
function float(value: Value): number {
  if (typeof value === "number") return value
  if (typeof value === "bigint") return Number(value)
  if (value instanceof TemplateDuration) return value.seconds
  if (typeof value !== "string") throw new Error(`can't convert ${typeName(value)} to float`)
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(value)
  if (special !== null) return special[2] === undefined ? Number.NaN : special[1] === "-" ? -Infinity : Infinity
  const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`)
  return number
}

/** Each find replaced by what its groups make of the replacement (`$1`, `${name}`). */
function replaceAll(text: string, expression: string, replacement: string): string {
  let result = ""
  let at = 0
  const pattern = searched(expression)
  for (const match of text.matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
    const groups: Groups = (name) => (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name])
    result += text.slice(at, match.index) + expand(replacement, groups)
    at = match.index + match[0].length
  }
  return result + text.slice(at)
}

function splitHostPort(text: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text)
  return match === null ? undefined : { host: match[1] ?? match[2] ?? "", port: match[3] ?? "" }
}

function stripDomain(text: string): string {
  const split = splitHostPort(text)
  const host = split?.host ?? text
  if (isIP(host) !== 0) return text
  const first = host.split(".")[0] ?? ""
  return split === undefined || split.port === "" ? first : `${first}:${split.port}`
}

/** As Go's `url.QueryEscape`. */
const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%20/g, "+")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const graph = (expression: string, tab: number): string =>
  `/graph?g0.expr=${queryEscape(expression)}&g0.tab=${String(tab)}`

function time(seconds: number): TemplateTime {
  if (!Number.isFinite(seconds)) throw new Error("value is NaN or Inf")
  // By way of nanoseconds, which cuts what a float does not quite reach.
  return new TemplateTime(Math.floor(Math.trunc(seconds * 1e9) / 1e6))
}

const ofPrometheus: Record<string, TemplateFunction> = {
  first: (value) => {
    const [first] = samples(value)
    if (first === undefined) throw new Error("first() called on vector with no elements")
    return first
  },
  label: (name, value) => sample(value).Labels.get(string(name)) ?? "",
  value: (value) => sample(value).Value,
  strvalue: (value) => sample(value).Labels.get("__value__") ?? "",
  sortByLabel: (name, value) => {
    const by = (one: TemplateSample): string => one.Labels.get(string(name)) ?? ""
    return [...samples(value)].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0))
  },
  args: (...values) => new Map(values.map((value, index) => [`arg${String(index)}`, value])),
  reReplaceAll: (expression, replacement, text) => replaceAll(string(text), string(expression), string(replacement)),
  match: (expression, text) => searched(string(expression)).test(string(text)),
  title: (text) =>
    string(text).replace(
      /(^|[^\p{L}\p{N}'_])(\p{N}*)(\p{L})/gu,
      (_, before: string, digits: string, letter: string) => before + digits + letter.toUpperCase(),
    ),
  toUpper: (text) => string(text).toUpperCase(),
  toLower: (text) => string(text).toLowerCase(),
  safeHtml: (text) => string(text),
  graphLink: (text) => graph(string(text), 0),
  tableLink: (text) => graph(string(text), 1),
  stripPort: (text) => splitHostPort(string(text))?.host ?? string(text),
  stripDomain: (text) => stripDomain(string(text)),
  humanize: (value) => humanize(float(value)),
  humanize1024: (value) => humanize1024(float(value)),
  humanizeDuration: (value) => humanizeDuration(float(value)),
  humanizePercentage: (value) => humanizePercentage(float(value)),
  humanizeTimestamp: (value) => {
    const seconds = float(value)
    return Number.isFinite(seconds) ? time(seconds).toString() : humanize(seconds)
  },
  toTime: (value) => time(float(value)),
  toDuration: (value) => new TemplateDuration(float(value)),
  parseDuration: (text) => {
    const milliseconds = parseDuration(string(text).replace(/^-/, ""))
    if (milliseconds === undefined) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`)
    return (string(text).startsWith("-") ? -milliseconds : milliseconds) / 1000
  },
  urlQueryEscape: (text) => queryEscape(string(text)),
}

const htmlEscapes: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&#39;",
  '"': "&#34;",
}

const ofEveryTemplate: Record<string, TemplateFunction> = {
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error("missing argument for comparison")
    return others.some((other) => compare(first, other) === 0)
  },
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => {
    if (typeof value === "string") return BigInt(Buffer.byteLength(value))
    if (value instanceof Map) return BigInt(value.size)
    if (Array.isArray(value)) return BigInt(value.length)
    throw new Error(`len of type ${typeName(value)}`)
  },
  slice: (value, from, to) => slice(value, from, to),
  call: (value) => {
    throw new Error(`non-function ${shown(value)} of type ${typeName(value)}`)
  },
  index: (value, ...keys) => keys.reduce<Value>(item, value),
  print: (...values) => printed(values),
  println: (...values) => `${values.map(shown).join(" ")}\n`,
  printf: (format, ...values) => sprintf(string(format), values),
  html: (...values) => printed(values).replace(/[<>&'"]/g, (char) => htmlEscapes[char] ?? char),
  js: (...values) =>
    printed(values).replace(/[\\'"<>&=]/g, (char) =>
      /[\\'"]/.test(char) ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`,
    ),
  urlquery: (...values) => queryEscape(printed(values)),
}

/** As Go's `fmt.Sprint`: a space between two of which neither is text. */
const printed = (values: readonly Value[]): string =>
  values
    .map((value, index) => {
      const isApart = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string"
      return `${isApart ? " " : ""}${shown(value)}`
    })
    .join("")

function slice(value: Value, from: Value, to: Value): Value {
  const isText = typeof value === "string"
  if (!isText && !Array.isArray(value)) throw new Error(`can't slice item of type ${typeName(value)}`)
  const length = isText ? Buffer.byteLength(value) : value.length
  const [begin, end] = [from ?? 0n, to ?? BigInt(length)].map((bound) => {
    if (typeof bound !== "bigint") throw new Error(`cannot index slice/array with type ${typeName(bound)}`)
    if (bound < 0n || bound > BigInt(length)) throw new Error(`index out of range: ${String(bound)}`)
    return Number(bound)
  })
  return isText ? Buffer.from(value).subarray(begin, end).toString() : (value as readonly Value[]).slice(begin, end)
}

function item(value: Value, key: Value): Value {
  if (value instanceof Map) return (value as ReadonlyMap<string, Value>).get(string(key)) ?? ""
  if (!Array.isArray(value)) throw new Error(`can't index item of type ${typeName(value)}`)
  if (typeof key !== "bigint") throw new Error(`cannot index slice/array with type ${typeName(key)}`)
  if (key < 0n || key >= BigInt(value.length)) throw new Error(`index out of range: ${String(key)}`)
  return (value as readonly Value[])[Number(key)]
}

/** Below, equal or above. As in Go only values of one type can be compared. */
function compare(a: Value, b: Value): number {
  if (typeof a !== typeof b) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`)
  if (typeof a === "object" || typeof b === "object" || a === undefined || b === undefined)
    throw new Error("invalid type for comparison")
  return a < b ? -1 : a === b ? 0 : 1
}

/** Functions that take as many values as they are given. */
export const variadic: ReadonlySet<string> = new Set(
  "and or eq print println printf html js urlquery index slice call args".split(" "),
)

/** Names that a template may call. */
export const knownFunctions: ReadonlySet<string> = new Set([
  ...Object.keys(ofEveryTemplate),
  ...Object.keys(ofPrometheus),
  "query",
  "now",
  "externalURL",
  "pathPrefix",
])
