import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"
import { classicToNative } from "./classic-to-native.ts"
import { ScriptError, type Load } from "./script.ts"

/** Samples of one series, times rising, in Unix milliseconds. */
export interface Loaded {
  readonly labels: Labels
  readonly samples: readonly (readonly [time: number, value: number | FloatHistogram | "stale"])[]
}

/** What a `load` puts into a storage. Throws ScriptError. */
export function loadedBy({ line, interval, series, withNative }: Load): Loaded[] {
  const all = withNative ? [...series, ...natively(line, series)] : series
  return all.map(({ labels, points }) => ({
    labels,
    samples: points.flatMap((point, index) => (point === undefined ? [] : [[index * interval, point.value] as const])),
  }))
}

function natively(line: number, series: Load["series"]): Load["series"] {
  try {
    return classicToNative(series)
  } catch (error) {
    throw error instanceof Error ? new ScriptError(line, error.message) : error
  }
}
