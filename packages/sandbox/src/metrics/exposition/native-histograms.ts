import { fromClassic, type Labels } from "@serin/promql"
import type { ExposedExemplar, ExposedSample, Exposition } from "./exposition.ts"

interface Family {
  readonly labels: Labels
  readonly samples: ExposedSample[]
  readonly buckets: { readonly upper: number; readonly count: number }[]
  count?: number
  sum?: number
  exemplar?: ExposedExemplar
}

const suffixes = ["_bucket", "_count", "_sum"] as const

/**
 * Classic histograms as native ones with custom buckets (`convert_classic_histograms_to_nhcb`): one sample stands for all of
 * a series' buckets, its sum and its count. One that cannot be converted stays as it is.
 */
export function withNativeHistograms({ samples, metadata }: Exposition, keepsClassic: boolean): ExposedSample[] {
  const families = new Map<string, Family>()
  const result: ExposedSample[] = []
  const isHistogram = (name: string): boolean => metadata.get(name)?.type === "histogram"
  for (const sample of samples) {
    const name = sample.labels.get("__name__")
    const suffix = suffixes.find((one) => name.endsWith(one) && isHistogram(name.slice(0, -one.length)))
    if (suffix === undefined || typeof sample.value !== "number") {
      result.push(sample)
      continue
    }
    collect(families, sample, sample.value, suffix)
  }
  for (const family of families.values()) {
    const value = fromClassic(family)
    if ("wrong" in value || keepsClassic) result.push(...family.samples)
    if ("wrong" in value) continue
    const [first] = family.samples
    result.push({
      labels: family.labels,
      emptied: first?.emptied ?? [],
      value,
      ...(first?.timestamp !== undefined && { timestamp: first.timestamp }),
      ...(family.exemplar !== undefined && { exemplar: family.exemplar }),
    })
  }
  return result
}

function collect(families: Map<string, Family>, sample: ExposedSample, value: number, suffix: string): void {
  const name = sample.labels.get("__name__").slice(0, -suffix.length)
  const labels = sample.labels.drop(suffix === "_bucket" ? ["le"] : []).with("__name__", name)
  const family = families.get(labels.key) ?? { labels, samples: [], buckets: [] }
  families.set(labels.key, family)
  family.samples.push(sample)
  if (suffix === "_count") family.count = value
  else if (suffix === "_sum") family.sum = value
  else {
    const bound = sample.labels.get("le")
    family.buckets.push({ upper: /^\+?inf$/i.test(bound) ? Number.POSITIVE_INFINITY : Number(bound), count: value })
    if (sample.exemplar !== undefined) family.exemplar = sample.exemplar
  }
}
