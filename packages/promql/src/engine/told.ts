import { formatShort } from "../format.ts"
import type { Falls } from "../histogram/classic-quantile.ts"
import type { Annotations, Place } from "./annotations.ts"
import { ForcedMonotonicity } from "./forced-monotonicity.ts"

/** Where two histograms were combined. */
export type Combination = "addition" | "subtraction" | "aggregation"

const named = (text: string, metric: string): string =>
  metric === "" ? text : `${text} for metric name ${JSON.stringify(metric)}`

/** What functions, operators and aggregations tell, in Prometheus' words, of one place of a query. */
export class Telling {
  readonly #annotations: Annotations
  readonly #place: Place
  /** What was told already: most things happen at each step again. */
  readonly #texts = new Set<string>()

  constructor(annotations: Annotations, place: Place) {
    this.#annotations = annotations
    this.#place = place
  }

  mixedTypes(metric: string): void {
    this.#warn(`encountered a mix of histograms and floats for metric name ${JSON.stringify(metric)}`)
  }

  mixedTypesInAggregation(): void {
    this.#warn("encountered a mix of histograms and floats for aggregation")
  }

  mixedSchemas(metric: string): void {
    this.#warn(
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${JSON.stringify(metric)}`,
    )
  }

  incompatibleLayout(operator: string): void {
    this.#warn(`incompatible bucket layout encountered for binary operator ${operator}`)
  }

  mixedClassicAndNative(metric: string): void {
    this.#warn(named("vector contains a mix of classic and native histograms", metric))
  }

  notCounter(metric: string): void {
    this.#warn(`this native histogram metric is not a counter: ${JSON.stringify(metric)}`)
  }

  notGauge(metric: string): void {
    this.#warn(`this native histogram metric is not a gauge: ${JSON.stringify(metric)}`)
  }

  incompatibleTypes(left: string, operator: string, right: string): void {
    this.#inform(
      `incompatible sample types encountered for binary operator ${JSON.stringify(operator)}: ${left} ${operator} ${right}`,
    )
  }

  maybeNoCounter(metric: string): void {
    this.#inform(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
    )
  }

  invalidStrategy(strategy: number): void {
    this.#warn(`strategy should be 0, 1, or 2 (default), using 2, got ${formatShort(strategy)}`)
  }

  invalidQuantile(phi: number): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatShort(phi)}`)
  }

  invalidRatio(ratio: number, cap: number): void {
    this.#warn(`ratio value should be between -1 and 1, got ${formatShort(ratio)}, capping to ${formatShort(cap)}`)
  }

  badBucketLabel(metric: string, value: string): void {
    this.#warn(named(`bucket label "le" is missing or has a malformed value of ${JSON.stringify(value)}`, metric))
  }

  collision(during: Combination): void {
    this.#warn(`conflicting counter resets during histogram ${during}`)
  }

  reconciled(during: Combination): void {
    this.#inform(`mismatched custom buckets were reconciled during ${during}`)
  }

  ignoredInAggregation(op: string): void {
    this.#inform(`ignored histogram in ${op} aggregation`)
  }

  ignoredInRange(metric: string): void {
    this.#inform(
      `ignored histograms in a range containing both floats and histograms for metric name ${JSON.stringify(metric)}`,
    )
  }

  forcedMonotonicity(metric: string, falls: Falls, time: number): void {
    this.#annotations.add(
      "info",
      named(
        "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
        metric,
      ),
      this.#place,
      new ForcedMonotonicity(falls, time),
    )
  }

  nanQuantile(metric: string, result: "result is NaN" | "result is skewed higher"): void {
    this.#inform(named(`input to histogram_quantile has NaN observations, ${result}`, metric))
  }

  nanFraction(metric: string): void {
    this.#inform(
      named("input to histogram_fraction has NaN observations, which are excluded from all fractions", metric),
    )
  }

  #warn(text: string): void {
    this.#add("warning", text)
  }

  #inform(text: string): void {
    this.#add("info", text)
  }

  #add(severity: "warning" | "info", text: string): void {
    if (this.#texts.has(text)) return
    this.#texts.add(text)
    this.#annotations.add(severity, text, this.#place)
  }
}
