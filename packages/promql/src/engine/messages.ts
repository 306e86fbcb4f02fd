import { formatShort } from "../format.ts"

/** Texts of annotations that are told in several places, worded as Prometheus words them. */
export const mixedFloatsAndHistograms = (metric: string): string =>
  `encountered a mix of histograms and floats for metric name ${JSON.stringify(metric)}`

export const histogramsIgnored = (metric: string): string =>
  `ignored histograms in a range containing both floats and histograms for metric name ${JSON.stringify(metric)}`

export const invalidQuantile = (phi: number): string =>
  `quantile value should be between 0 and 1, got ${formatShort(phi)}`

export const possiblyNoCounter = (metric: string): string =>
  `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`

export const invalidStrategy = (strategy: number): string =>
  `strategy should be 0, 1, or 2 (default), using 2, got ${formatShort(strategy)}`
