import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

const olderThan3 = "the judge is of version 2.42, the embedded one speaks 3.0"
const migration = (section: string): string => `Prometheus 3.0 migration guide, "${section}"`

export const allowed: readonly AllowedDifference[] = [
  {
    case: "selectors/the-dot-and-the-newline",
    what: "`.` in a pattern matches a newline too",
    reason: olderThan3,
    source: migration("PromQL"),
  },
  {
    case: "selectors/lookback-ends-at-its-border",
    what: "a sample that is exactly as old as the look-back is not seen any more",
    reason: olderThan3,
    source: migration("PromQL"),
  },
  {
    case: "rates/windows-that-meet-samples",
    what: "a sample at the left border of a range does not belong to it",
    reason: olderThan3,
    source: migration("PromQL"),
  },
  {
    case: "over-time/averages-that-round",
    what: "an average is the sum divided by the count; 2.42 goes from mean to mean, and differs in the last digit",
    reason: olderThan3,
    source: "Prometheus 3.0, promql/functions.go, `avg_over_time`",
  },
  {
    case: "functions/smoothing",
    what: "there is no `holt_winters`",
    reason: `${olderThan3}, which calls it \`double_exponential_smoothing\` and keeps it behind a flag`,
    source: migration("PromQL"),
  },
  {
    case: "mistakes/durations",
    what: "what is no duration is told in other words",
    reason: `${olderThan3}, which reads durations and numbers alike`,
    source: "Prometheus 3.0, promql/parser/generated_parser.y, `number_duration_literal`",
  },
  {
    case: "mistakes/numbers-as-durations",
    what: "a number is a duration in seconds, and a duration a number",
    reason: olderThan3,
    source: 'Prometheus documentation, "Querying basics", "Float literals and time durations"',
  },
  {
    case: "mistakes/names-in-quotes",
    what: "names of metrics and labels may stand in quotes",
    reason: olderThan3,
    source: migration("UTF-8 names"),
  },
  {
    case: "labels/names-that-were-none",
    what: "any text may be the name of a label",
    reason: olderThan3,
    source: migration("UTF-8 names"),
  },
  ...["aggregations/count-values", "functions/label-replace", "functions/label-join"].map((name) => ({
    case: name,
    what: "any text may be the name of a label, also of one that a query makes",
    reason: olderThan3,
    source: migration("UTF-8 names"),
  })),
  ...["operators/vectors-that-do-not-match", "mistakes/execution"].map((name) => ({
    case: name,
    what: "two series that meet in a match group are told in their order",
    reason: olderThan3,
    source: "Prometheus 3, promql/engine.go, `VectorBinop`",
  })),
  ...["selectors/patterns-as-go-has-them", "mistakes/braces"].map((name) => ({
    case: name,
    what: "what is wrong with a pattern is told of the pattern, not of what it is framed with",
    reason: olderThan3,
    source: "Prometheus 3, model/labels/regexp.go, `NewFastRegexMatcher`",
  })),
  {
    case: "mistakes/words",
    what: "a second point in a number is told as such",
    reason: olderThan3,
    source: "Prometheus 3, promql/parser/lex.go, `scanNumber`",
  },
  ...["mistakes/in-a-range", "ranges/of-a-range-vector", "ranges/without-a-query"].map((name) => ({
    case: name,
    what: "a mistake in the query of a range is said to be in the parameter, as in an instant query",
    reason: olderThan3,
    source: "Prometheus 3.0, web/api/v1/api.go, `queryRange`",
  })),
  {
    case: "queries/lookback-delta",
    what: "`lookback_delta` is looked at",
    reason: olderThan3,
    source: 'Prometheus documentation, "HTTP API", "Instant queries"',
  },
  {
    case: "labels/limits",
    what: "`limit` is looked at",
    reason: olderThan3,
    source: 'Prometheus documentation, "HTTP API", "Querying metadata"',
  },
  {
    case: "status/no-targets",
    what: "targets that relabelling drops are counted, by job",
    reason: olderThan3,
    source: 'Prometheus documentation, "HTTP API", "Targets"',
  },
  {
    case: "scrapes/text-format",
    what: 'bounds of buckets are written as OpenMetrics writes them (`le="1.0"`)',
    reason: olderThan3,
    source: migration("le and quantile label values"),
  },
  {
    case: "scrapes/answer-without-a-type",
    what: "a target must say in which format it answers",
    reason: olderThan3,
    source: migration("Scrape protocols"),
  },
  {
    case: "scrapes/what-is-asked",
    what: "targets are asked for newer formats, and for names of any letters",
    reason: olderThan3,
    source: "Prometheus 3.0, scrape/scrape.go, `acceptHeader`",
  },
  {
    case: "federation/federated",
    what: "the content type says how names of other letters are written",
    reason: olderThan3,
    source: migration("UTF-8 names"),
  },
  {
    case: "paths/other-origins",
    what: "no answer lets a page of another origin read it (`Access-Control-Allow-Origin`)",
    reason: "the embedded world runs on a person's own machine, where any web page could ask it",
    source: "Fetch standard, 3.3.3 (CORS protocol): a server need not allow it",
  },
  {
    case: "status/runtimeinfo",
    what: "what only a Go program has is left out (goroutines, GOMAXPROCS, GOGC, GODEBUG)",
    reason: "the embedded one is none",
    source: 'Prometheus documentation, "HTTP API", "Runtime Information", which says that fields may change',
  },
  {
    case: "scrapes/series-before-a-mistake",
    what: "when a target's text has a mistake, all its series end; with 2.42 those before the mistake go on",
    reason: "nothing of a failed scrape counts",
    source: 'Prometheus documentation, "Querying basics", "Staleness"',
  },
  ...["scrapes/relabelled-targets", "scrapes/relabelled-address"].map((name) => ({
    case: name,
    what: "`discoveredLabels` are those before relabelling; 2.42 shows some of those that relabelling changed; dropped targets are told with their job",
    reason: "a person looks there for what can be relabelled; the job came with 3.0",
    source: 'Prometheus documentation, "HTTP API", "Targets"',
  })),
]

export const uncompared: readonly Uncompared[] = [
  {
    what: "the order of series in a vector",
    reason: "only `sort`, `topk` and `bottomk` say one, and their cases keep it",
  },
  {
    what: "times of scrapes, and how long they take",
    reason: "they are those of the run",
  },
  {
    what: "discovery of pods (`kubernetes_sd_configs`)",
    reason: "Debian's Prometheus is built without it; the story sees the embedded one's",
  },
  {
    what: "remote reading and writing, and sending alerts",
    reason:
      "the embedded one has none of them; it refuses a configuration that names the first two, and lists Alertmanagers only",
  },
  {
    what: "native histograms, names of any letters, `limit` of queries, `query_offset` and labels of groups of rules",
    reason:
      "the judge is of version 2.42, which has none of them or not in this form; the embedded one's own tests see them",
  },
  {
    what: "exemplars that were scraped",
    reason: "Debian's Prometheus keeps them behind a flag only; the embedded one's own tests see them",
  },
  {
    what: "the web page",
    reason: "the embedded one has none",
  },
]
