import { Labels } from "../labels.ts"
import type { Call } from "../parser/ast.ts"
import { anchored } from "../parser/regexp.ts"
import { absentLabels, absentWhere } from "./absent.ts"
import { dateParts } from "./dates.ts"
import { emptyColumn, has, put, timeAt, vectorOf, type Column, type Grid, type Value } from "./grid.ts"
import { histogramQuantile } from "./histogram-quantile.ts"
import { PromqlError } from "./query-error.ts"

const sign = (value: number): number => (value > 0 ? 1 : value < 0 ? -1 : value)
/** As in Go, an infinity that wins wins over NaN too. */
const least = (a: number, b: number): number =>
  a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b)
const greatest = (a: number, b: number): number =>
  a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b)
const clamp = (value: number, low: number, high: number): number | undefined =>
  high < low ? undefined : greatest(low, least(high, value))
const roundTo = (value: number, unit: number): number => {
  // Prometheus multiplies by the inverse, which is exact for units like 0.1.
  const inverse = 1 / unit
  return Math.floor(value * inverse + 0.5) / inverse
}

/** Functions of each sample by itself; the scalars after the vector come as `a` and `b`. Undefined drops the sample. */
const perSample: Readonly<Record<string, (value: number, a: number, b: number) => number | undefined>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: sign,
  round: (value, unit) => roundTo(value, Number.isNaN(unit) ? 1 : unit),
  clamp_min: (value, low) => greatest(low, value),
  clamp_max: (value, high) => least(high, value),
  clamp,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
}

/** Calls without a range vector among the arguments. */
export function instantFunction(expr: Call, args: readonly Value[], grid: Grid): Value {
  const [first] = args
  const scalar = (index: number): Float64Array => {
    const value = args[index]
    return value?.kind === "scalar" ? value.values : new Float64Array(grid.count).fill(Number.NaN)
  }
  const text = (index: number): string => {
    const value = args[index]
    return value?.kind === "string" ? value.value : ""
  }
  switch (expr.name) {
    case "time":
      return {
        kind: "scalar",
        values: times(grid),
      }
    case "pi":
      return { kind: "scalar", values: new Float64Array(grid.count).fill(Math.PI) }
    case "vector":
      return {
        kind: "vector",
        columns: [{ labels: Labels.empty, values: scalar(0), present: new Uint8Array(grid.count).fill(1) }],
      }
    case "histogram_quantile":
      return { kind: "vector", columns: histogramQuantile(scalar(0), vectorArg(args, 1), grid.count) }
    default:
  }
  const datePart = dateParts[expr.name]
  if (datePart !== undefined) {
    const now = { labels: Labels.empty, values: times(grid), present: new Uint8Array(grid.count).fill(1) }
    const columns = first === undefined ? [now] : vectorOf(first)
    // Whole seconds, as Prometheus takes them.
    const part = (value: number) => datePart(new Date(Math.trunc(value) * 1000))
    return { kind: "vector", columns: columns.map((column) => mapColumn(column, part)) }
  }
  if (first === undefined) throw new PromqlError("execution", `function ${expr.name} needs an argument`)
  const columns = vectorOf(first)
  switch (expr.name) {
    case "scalar":
      return {
        kind: "scalar",
        values: Float64Array.from({ length: grid.count }, (_, step) => onlyValue(columns, step)),
      }
    case "absent": {
      const [arg] = expr.args
      return {
        kind: "vector",
        columns: absentWhere(arg?.kind === "selector" ? absentLabels(arg) : Labels.empty, columns, grid.count),
      }
    }
    case "timestamp":
      return {
        kind: "vector",
        columns: columns.map((column) => mapColumn(column, (_, step) => timeAt(grid, step) / 1000)),
      }
    case "sort":
    case "sort_desc": {
      const direction = expr.name === "sort" ? 1 : -1
      const last = grid.count - 1
      const value = (column: Column): number => column.values[last] ?? Number.NaN
      return {
        kind: "vector",
        columns: [...columns].sort((a, b) =>
          Number.isNaN(value(a)) ? 1 : Number.isNaN(value(b)) ? -1 : direction * (value(a) - value(b)),
        ),
      }
    }
    case "label_replace":
      return { kind: "vector", columns: unique(labelReplace(columns, text(1), text(2), text(3), text(4))) }
    case "label_join": {
      destination(text(1), expr.name)
      const sources = args.slice(3).map((_, index) => text(index + 3))
      return {
        kind: "vector",
        columns: unique(
          columns.map((column) => ({
            ...column,
            labels: column.labels.with(text(1), sources.map((name) => column.labels.get(name)).join(text(2))),
          })),
        ),
      }
    }
    default: {
      const compute = perSample[expr.name]
      if (compute === undefined) throw new PromqlError("execution", `unknown function ${expr.name}`)
      const a = scalar(1)
      const b = scalar(2)
      return {
        kind: "vector",
        columns: columns
          .map((column) =>
            mapColumn(column, (value, step) => compute(value, a[step] ?? Number.NaN, b[step] ?? Number.NaN)),
          )
          .filter(has),
      }
    }
  }
}

const times = (grid: Grid): Float64Array =>
  Float64Array.from({ length: grid.count }, (_, step) => timeAt(grid, step) / 1000)

function vectorArg(args: readonly Value[], index: number): Column[] {
  const value = args[index]
  return value?.kind === "vector" ? value.columns : []
}

function mapColumn(column: Column, compute: (value: number, step: number) => number | undefined): Column {
  const result = emptyColumn(column.labels.drop(["__name__"]), column.values.length)
  column.values.forEach((value, step) => {
    const answer = column.present[step] ? compute(value, step) : undefined
    if (answer !== undefined) put(result, step, answer)
  })
  return result
}

function onlyValue(columns: readonly Column[], step: number): number {
  const here = columns.filter(({ present }) => present[step])
  return here.length === 1 ? (here[0]?.values[step] ?? Number.NaN) : Number.NaN
}

function labelReplace(
  columns: readonly Column[],
  target: string,
  replacement: string,
  source: string,
  pattern: string,
): Column[] {
  destination(target, "label_replace")
  let regexp: RegExp
  try {
    regexp = anchored(pattern)
  } catch {
    throw new PromqlError("execution", `invalid regular expression in label_replace(): ${pattern}`)
  }
  return columns.map((column) => {
    const match = regexp.exec(column.labels.get(source))
    if (match === null) return column
    const value = replacement.replace(
      /\$(?:(\d+)|\{(\w+)\}|(\w+))/g,
      (_, digits?: string, braced?: string, named?: string) => {
        const name = digits ?? braced ?? named ?? ""
        return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ""
      },
    )
    return { ...column, labels: column.labels.with(target, value) }
  })
}

function destination(name: string, of: string): void {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    throw new PromqlError("execution", `invalid destination label name in ${of}(): ${name}`)
}

function unique(columns: Column[]): Column[] {
  if (new Set(columns.map(({ labels }) => labels.key)).size === columns.length) return columns
  throw new PromqlError("execution", "vector cannot contain metrics with the same labelset")
}
