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

/** Samples under the target's labels, relabelled, within the job's limits. */
export function acceptSamples(exposed: readonly ExposedSample[], target: Target): Accepted {
  const { job } = target
  const samples: ExposedSample[] = []
  let scraped = 0
  try {
    for (const sample of exposed) {
      scraped += 1
      const labels = relabel(withTargetLabels(sample, target), job.metric_relabel_configs)
      if (labels === undefined) continue
      checkNames(labels, job)
      checkLabels(labels, job)
      samples.push({ ...sample, labels })
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { samples: [], scraped, kept: samples.length, error: reason }
  }
  const counts = { scraped, kept: samples.length }
  return job.sample_limit > 0 && samples.length > job.sample_limit
    ? { samples: [], ...counts, error: "sample limit exceeded" }
    : { samples, ...counts }
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
