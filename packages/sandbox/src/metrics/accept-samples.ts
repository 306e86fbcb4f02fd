import { Labels } from "@serin/promql"
import type { Target } from "./discovery/index.ts"
import type { ExposedSample } from "./exposition/index.ts"
import { checkLabels, checkNames } from "./label-limits.ts"
import { relabel } from "./relabel.ts"

/** What a target exposed, as far as its job takes it. */
export interface Accepted {
  readonly samples: readonly ExposedSample[]
  /** How many there were before and after relabelling. */
  readonly scraped: number
  readonly kept: number
  /** Why nothing of it counts; the counts are those of what was read until then. */
  readonly error?: string
}

/** By the labels that a target exposed, those of the series that came of it; undefined where the job drops it. */
export type AcceptedSeries = WeakMap<Labels, { readonly labels: Labels | undefined }>

/**
 * Samples under the target's labels, relabelled, within the job's limits. `known` is what was accepted of the same target for the
 * same job before; what is new is added.
 */
export function acceptSamples(exposed: readonly ExposedSample[], target: Target, known?: AcceptedSeries): Accepted {
  const samples: ExposedSample[] = []
  let scraped = 0
  try {
    for (const sample of exposed) {
      scraped += 1
      const series = known?.get(sample.labels) ?? { labels: acceptSeries(sample, target) }
      known?.set(sample.labels, series)
      if (series.labels !== undefined) samples.push({ ...sample, labels: series.labels })
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { samples: [], scraped, kept: samples.length, error: reason }
  }
  const counts = { scraped, kept: samples.length }
  const { sample_limit: most } = target.job
  return most > 0 && samples.length > most
    ? { samples: [], ...counts, error: "sample limit exceeded" }
    : { samples, ...counts }
}

/** Throws Error where the series is not allowed to be. */
function acceptSeries(sample: ExposedSample, target: Target): Labels | undefined {
  const { job } = target
  const labels = relabel(withTargetLabels(sample, target), job.metric_relabel_configs)
  if (labels === undefined) return undefined
  checkNames(labels, job)
  checkLabels(labels, job)
  return labels
}

/** The target's labels win over the sample's, which then is called `exported_…` (unless `honor_labels`). */
function withTargetLabels(sample: ExposedSample, { labels, job }: Target): Labels {
  const pairs = new Map(sample.labels.pairs)
  for (const [name, value] of labels.pairs) {
    const own = pairs.get(name)
    if (job.honor_labels && (own !== undefined || sample.emptied.includes(name))) continue
    if (own !== undefined) {
      let exported = `exported_${name}`
      while (pairs.has(exported)) exported = `exported_${exported}`
      pairs.set(exported, own)
    }
    pairs.set(name, value)
  }
  return Labels.from(pairs)
}
