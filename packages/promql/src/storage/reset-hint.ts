import { sameBounds } from "../histogram/custom-bounds.ts"
import { detectReset } from "../histogram/detect-reset.ts"
import type { FloatHistogram, ResetHint } from "../histogram/float-histogram.ts"

/**
 * What is known of a counter's reset once its histograms lie one behind the other: that there was none, as long as nothing went
 * down. A new beginning is "unknown", also where it is known to be one, as Prometheus answers: the histogram before may be cut off.
 */
export function hintAfter(previous: FloatHistogram | undefined, current: FloatHistogram): ResetHint {
  if (current.resetHint === "gauge") return "gauge"
  if (previous === undefined || previous.resetHint === "gauge" || current.resetHint === "reset") return "unknown"
  const sameLayout =
    previous.schema === current.schema &&
    previous.zeroThreshold === current.zeroThreshold &&
    sameBounds(previous.customBounds, current.customBounds)
  return sameLayout && !detectReset(previous, { ...current, resetHint: "unknown" }) ? "not_reset" : "unknown"
}
