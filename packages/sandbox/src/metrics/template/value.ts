import { formatHistogram, type FloatHistogram } from "@serin/promql"

/** A point in time, as Go prints one. Unix milliseconds. */
export class TemplateTime {
  constructor(readonly milliseconds: number) {}

  toString(): string {
    const [date = "", time = ""] = new Date(this.milliseconds).toISOString().split("T")
    const [seconds = "", fraction = ""] = time.slice(0, -1).split(".")
    const trimmed = fraction.replace(/0+$/, "")
    return `${date} ${seconds}${trimmed === "" ? "" : `.${trimmed}`} +0000 UTC`
  }
}

/** A length of time, as Go prints one. Seconds. */
export class TemplateDuration {
  constructor(readonly seconds: number) {}

  toString(): string {
    const size = Math.abs(this.seconds)
    const sign = this.seconds < 0 ? "-" : ""
    if (size === 0) return "0s"
    if (size < 1e-6) return `${sign}${String(Math.trunc(size * 1e9))}ns`
    if (size < 1e-3) return `${sign}${rounded(size * 1e6)}µs`
    if (size < 1) return `${sign}${rounded(size * 1e3)}ms`
    const hours = Math.floor(size / 3600)
    const minutes = Math.floor(size / 60) % 60
    const seconds = `${rounded(size - hours * 3600 - minutes * 60)}s`
    if (hours > 0) return `${sign}${String(hours)}h${String(minutes)}m${seconds}`
    return `${sign}${minutes > 0 ? `${String(minutes)}m` : ""}${seconds}`
  }
}

const rounded = (value: number): string => String(Number(value.toFixed(9)))

/** A native histogram, which a template can only print. */
export class TemplateHistogram {
  constructor(readonly histogram: FloatHistogram) {}

  toString(): string {
    return formatHistogram(this.histogram)
  }
}

/** One series of a query in a template. */
export class TemplateSample {
  constructor(
    readonly Labels: ReadonlyMap<string, string>,
    readonly Value: number | TemplateHistogram,
  ) {}
}

/**
 * What a template computes with. As in Go a whole number is another type than a float: bigint and number. A function's and
 * a field's missing value is undefined.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | ReadonlyMap<string, Value>
  | readonly Value[]
  | TemplateSample
  | TemplateTime
  | TemplateDuration
  | TemplateHistogram
  | Fields

/** A value with fields of its own: the data of a template. */
export class Fields {
  constructor(
    readonly fields: Readonly<Record<string, Value>>,
    /** How Go calls it. */
    readonly type: string,
  ) {}
}

/** The value's type as Go names it. */
export function typeName(value: Value): string {
  if (value === undefined) return "<nil>"
  if (typeof value === "number") return "float64"
  if (typeof value === "bigint") return "int"
  if (typeof value === "boolean") return "bool"
  if (typeof value === "string") return "string"
  if (value instanceof TemplateTime) return "*time.Time"
  if (value instanceof TemplateDuration) return "*time.Duration"
  if (value instanceof TemplateHistogram) return "*histogram.FloatHistogram"
  if (value instanceof TemplateSample) return "*template.sample"
  if (value instanceof Fields) return value.type
  if (value instanceof Map)
    return [...value.values()].every((item) => typeof item === "string")
      ? "map[string]string"
      : "map[string]interface {}"
  return "template.queryResult"
}

/** Whether `if` and `and` take it for true. */
export function isTrue(value: Value): boolean {
  if (value === undefined) return false
  if (typeof value === "number") return value !== 0
  if (typeof value === "bigint") return value !== 0n
  if (typeof value === "boolean") return value
  if (typeof value === "string") return value !== ""
  if (value instanceof Map) return value.size > 0
  return !Array.isArray(value) || value.length > 0
}
