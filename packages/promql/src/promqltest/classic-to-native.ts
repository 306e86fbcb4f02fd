import { fromClassic, type ClassicHistogram } from "../histogram/from-classic.ts"
import type { Labels } from "../labels.ts"
import type { Series } from "./script.ts"
import { toNumber } from "./series-notation.ts"

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
/** A classic histogram at one time while its series are gathered. */
type Gathered = Mutable<Omit<ClassicHistogram, "buckets">> & { buckets: ClassicHistogram["buckets"][number][] }

/**
 * The native histograms with custom buckets that say the same as the classic ones (`_bucket`, `_count`, `_sum`) among these
 * series. Throws Error where a classic one contradicts itself.
 */
export function classicToNative(series: readonly Series[]): Series[] {
  const found = new Map<string, { readonly labels: Labels; readonly steps: Gathered[] }>()
  for (const { labels, points } of series) {
    const [, name = "", part] = /^(.*)_(bucket|count|sum)$/.exec(labels.get("__name__")) ?? []
    if (part === undefined) continue
    const upper = toNumber(labels.get("le"))
    if (part === "bucket" && Number.isNaN(upper)) continue
    const base = labels.drop(["le"]).with("__name__", name)
    const histogram = found.get(base.key) ?? { labels: base, steps: [] }
    found.set(base.key, histogram)
    points.forEach((point, index) => {
      if (typeof point?.value !== "number") return
      const step = (histogram.steps[index] ??= { buckets: [] })
      if (part === "bucket") step.buckets.push({ upper, count: point.value })
      else if (part === "count") step.count = point.value
      else step.sum = point.value
    })
  }
  return [...found.values()].map(({ labels, steps }) => ({
    labels,
    points: Array.from(steps, (step) => (step === undefined ? undefined : { value: native(labels, step) })),
  }))
}

function native(labels: Labels, classic: ClassicHistogram) {
  const histogram = fromClassic(classic)
  if ("wrong" in histogram) throw new Error(`${labels.toString()} is no histogram: ${histogram.wrong}`)
  return histogram
}
