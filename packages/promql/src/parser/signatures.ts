import type { ValueType } from "./ast.ts"

/** Parameters of a function. */
export interface Signature {
  readonly args: readonly ValueType[]
  /** How many arguments there may be; where more than `args` names, the last type repeats. */
  readonly least: number
  readonly most: number
  readonly returns: ValueType
  /** Behind a flag in Prometheus. */
  readonly experimental: boolean
}

type Extent = Partial<Pick<Signature, "least" | "most" | "returns" | "experimental">>

function takes(args: readonly ValueType[], extent: Extent = {}): Signature {
  const { least = args.length, most = args.length, returns = "vector", experimental = false } = extent
  return { args, least, most, returns, experimental }
}

const all = (names: string, signature: Signature): [string, Signature][] =>
  names.split(" ").map((name) => [name, signature])

const experimental = { experimental: true }

/** The functions of the language; a name that is not here is an unknown function. */
export const signatures: ReadonlyMap<string, Signature> = new Map([
  ...all("rate irate increase delta idelta deriv resets changes", takes(["matrix"])),
  ...all(
    "avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time first_over_time present_over_time stddev_over_time stdvar_over_time absent_over_time",
    takes(["matrix"]),
  ),
  ...all(
    "mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
    takes(["matrix"], experimental),
  ),
  ...all("abs ceil floor exp sqrt ln log2 log10 sgn sort sort_desc timestamp absent", takes(["vector"])),
  ...all("start_timestamp", takes(["vector"], experimental)),
  ...all(
    "sort_by_label sort_by_label_desc",
    takes(["vector", "string"], { least: 1, most: Infinity, ...experimental }),
  ),
  ...all("quantile_over_time", takes(["scalar", "matrix"])),
  ...all("predict_linear", takes(["matrix", "scalar"])),
  ...all("double_exponential_smoothing", takes(["matrix", "scalar", "scalar"], experimental)),
  ...all("integral", takes(["matrix", "scalar"], { least: 1, ...experimental })),
  ...all("minute hour day_of_week day_of_month day_of_year days_in_month month year", takes(["vector"], { least: 0 })),
  ...all("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad", takes(["vector"])),
  ...all("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", takes(["vector"])),
  ...all("histogram_quantile", takes(["scalar", "vector"])),
  ...all(
    "histogram_quantiles",
    takes(["vector", "string", "scalar", "scalar"], { least: 3, most: 12, ...experimental }),
  ),
  ...all("histogram_fraction", takes(["scalar", "scalar", "vector"])),
  ...all("info", takes(["vector", "vector"], { least: 1, ...experimental })),
  ...all("round", takes(["vector", "scalar"], { least: 1 })),
  ...all("clamp_min clamp_max", takes(["vector", "scalar"])),
  ...all("clamp", takes(["vector", "scalar", "scalar"])),
  ...all("label_replace", takes(["vector", "string", "string", "string", "string"])),
  ...all("label_join", takes(["vector", "string", "string", "string"], { least: 3, most: Infinity })),
  ...all("scalar", takes(["vector"], { returns: "scalar" })),
  ...all("vector", takes(["scalar"])),
  ...all("time pi", takes([], { returns: "scalar" })),
  ...all("start end range step", takes([], { returns: "scalar", ...experimental })),
  ...all("min_of max_of", takes(["scalar", "scalar"], { returns: "scalar", ...experimental })),
])

/** Aggregations; those with a value take a parameter of that type before the vector. */
export const aggregations: ReadonlyMap<string, ValueType | undefined> = new Map<string, ValueType | undefined>([
  ["sum", undefined],
  ["avg", undefined],
  ["min", undefined],
  ["max", undefined],
  ["count", undefined],
  ["group", undefined],
  ["stddev", undefined],
  ["stdvar", undefined],
  ["topk", "scalar"],
  ["bottomk", "scalar"],
  ["quantile", "scalar"],
  ["count_values", "string"],
  ["limitk", "scalar"],
  ["limit_ratio", "scalar"],
])

/** Behind a flag in Prometheus. */
export const experimentalAggregations: ReadonlySet<string> = new Set(["limitk", "limit_ratio"])
