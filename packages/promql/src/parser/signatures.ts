import type { ValueType } from "./ast.ts"

/** Parameters of a function. `optional` of them may be left out; with `variadic` the last may repeat. */
export interface Signature {
  readonly args: readonly ValueType[]
  readonly optional: number
  readonly variadic: boolean
  readonly returns: ValueType
}

const fn = (args: readonly ValueType[], returns: ValueType = "vector", optional = 0, variadic = false): Signature => ({
  args,
  returns,
  optional,
  variadic,
})
const all = (names: string, signature: Signature): [string, Signature][] =>
  names.split(" ").map((name) => [name, signature])

/** The functions that the engine evaluates; a name that is not here is an unknown function. */
export const signatures: ReadonlyMap<string, Signature> = new Map([
  ...all("rate irate increase delta idelta deriv resets changes", fn(["matrix"])),
  ...all(
    "avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time present_over_time stddev_over_time stdvar_over_time absent_over_time",
    fn(["matrix"]),
  ),
  ...all("abs ceil floor exp sqrt ln log2 log10 sgn sort sort_desc timestamp absent", fn(["vector"])),
  ...all("quantile_over_time", fn(["scalar", "matrix"])),
  ...all("predict_linear", fn(["matrix", "scalar"])),
  ...all("minute hour day_of_week day_of_month day_of_year days_in_month month year", fn(["vector"], "vector", 1)),
  ...all("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad", fn(["vector"])),
  ...all("histogram_quantile", fn(["scalar", "vector"])),
  ...all("round", fn(["vector", "scalar"], "vector", 1)),
  ...all("clamp_min clamp_max", fn(["vector", "scalar"])),
  ...all("clamp", fn(["vector", "scalar", "scalar"])),
  ...all("label_replace", fn(["vector", "string", "string", "string", "string"])),
  ...all("label_join", fn(["vector", "string", "string", "string"], "vector", 1, true)),
  ...all("scalar", fn(["vector"], "scalar")),
  ...all("vector", fn(["scalar"])),
  ...all("time pi", fn([], "scalar")),
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
])
