/** What a random query may say, by the Prometheus that is asked. */
export interface Vocabulary {
  readonly ofVector: readonly string[]
  /** Of values that are no larger than this: of larger ones, and of NaN, each library and processor has its own answer. */
  readonly ofModest: readonly (readonly [names: readonly string[], most: string])[]
  readonly ofRange: readonly string[]
  readonly aggregations: readonly string[]
  /** Written for Prometheus 3; Debian's knows it by another name. */
  readonly smoothing: string
  /** The language that came with or after Prometheus 3. */
  readonly newer: boolean
  readonly metrics: readonly string[]
  /** Those with buckets by `le`. */
  readonly classic: readonly string[]
  readonly native: readonly string[]
  readonly labels: Readonly<Record<string, readonly string[]>>
}

const ofVector = [
  ..."abs absent ceil floor round ln log2 log10 sqrt sgn sort sort_desc timestamp".split(" "),
  ..."asin acos atan tanh asinh acosh atanh deg rad".split(" "),
]
const ofRange = [
  ..."rate increase delta irate idelta deriv changes resets absent_over_time count_over_time sum_over_time".split(" "),
  ..."avg_over_time min_over_time max_over_time stddev_over_time stdvar_over_time last_over_time present_over_time".split(
    " ",
  ),
]
const ofModest = [
  ["sin cos tan".split(" "), "1e3"],
  ["exp sinh cosh".split(" "), "100"],
  ["minute hour day_of_month day_of_week day_of_year days_in_month month year".split(" "), "1e10"],
] as const
const aggregations = "sum avg min max count group stddev stdvar".split(" ")
const labels = { a: ["1", "2", "3"], b: ["x", "y"] }

/** What Prometheus 2.42 knows and 3 takes in the same sense. */
export const olderVocabulary: Vocabulary = {
  ofVector,
  ofModest,
  ofRange,
  aggregations,
  smoothing: "holt_winters",
  newer: false,
  metrics: ["up_m", "down_m", "c_total", "d_total", "few_m"],
  classic: ["lat_bucket"],
  native: [],
  labels,
}

/** All of the language, with what Prometheus has behind flags. */
export const newerVocabulary: Vocabulary = {
  ofVector: [
    ...ofVector,
    ..."histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar".split(" "),
  ],
  ofModest,
  ofRange: [
    ...ofRange,
    ..."first_over_time mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time".split(
      " ",
    ),
  ],
  aggregations,
  smoothing: "double_exponential_smoothing",
  newer: true,
  metrics: [...olderVocabulary.metrics, "odd_m"],
  classic: ["lat_bucket"],
  native: ["nh", "fine_nh", "neg_nh", "gauge_nh", "custom_nh", "mixed_nh"],
  labels,
}
