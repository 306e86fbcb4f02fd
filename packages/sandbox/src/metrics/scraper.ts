import { Labels, type MemoryStorage } from "@serin/promql"
import { targetKey, type Discovered, type DroppedTarget, type Target } from "./discovery.ts"
import { parseExposition, type ExposedSample, type MetricMetadata } from "./exposition.ts"
import type { Dial } from "./http-get.ts"
import { relabel } from "./relabel.ts"
import { fetchMetrics } from "./scrape.ts"

export interface ScrapeStatus {
  readonly target: Target
  health: "up" | "down" | "unknown"
  lastError: string
  /** Unix milliseconds; 0: never. */
  lastScrape: number
  lastDuration: number
  /** What the last good scrapes said of the target's metrics. */
  readonly metadata: Map<string, MetricMetadata>
}

export interface ScraperOptions {
  readonly storage: MemoryStorage
  readonly dial: Dial
  /** Unix milliseconds. */
  readonly now: () => number
}

interface Loop {
  readonly status: ScrapeStatus
  readonly seen: Map<string, Labels>
  timer: NodeJS.Timeout | undefined
  stopped: boolean
}

/** Scrapes a changing set of targets into a storage, each at its own interval, with `up` and the `scrape_*` series. */
export class Scraper {
  readonly #loops = new Map<string, Loop>()
  readonly #running = new Set<Promise<void>>()
  readonly #options: ScraperOptions
  #dropped: readonly DroppedTarget[] = []

  constructor(options: ScraperOptions) {
    this.#options = options
  }

  /** Replaces the targets: new ones start within their first interval, gone ones end with stale markers. */
  setTargets({ targets, dropped }: Discovered): void {
    this.#dropped = dropped
    const wanted = new Map(targets.map((target) => [targetKey(target), target]))
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      this.#stop(loop)
      this.#endSeries(loop, this.#options.now(), new Map())
    }
    for (const [key, target] of wanted) {
      if (this.#loops.has(key)) continue
      const status: ScrapeStatus = {
        target,
        health: "unknown",
        lastError: "",
        lastScrape: 0,
        lastDuration: 0,
        metadata: new Map(),
      }
      const loop: Loop = { status, seen: new Map(), timer: undefined, stopped: false }
      this.#loops.set(key, loop)
      this.#schedule(loop, 0)
    }
  }

  /** By job, as `/api/v1/targets` lists them. */
  statuses(): readonly ScrapeStatus[] {
    const job = ({ target }: ScrapeStatus): string => target.job.job_name
    return [...this.#loops.values()]
      .map((loop) => loop.status)
      .sort((a, b) => (job(a) < job(b) ? -1 : job(a) > job(b) ? 1 : 0))
  }

  dropped(): readonly DroppedTarget[] {
    return this.#dropped
  }

  async close(): Promise<void> {
    for (const loop of this.#loops.values()) this.#stop(loop)
    await Promise.all(this.#running)
  }

  #stop(loop: Loop): void {
    loop.stopped = true
    clearTimeout(loop.timer)
  }

  #schedule(loop: Loop, delay: number): void {
    if (loop.stopped) return
    loop.timer = setTimeout(() => {
      const run = this.#scrape(loop).finally(() => this.#running.delete(run))
      this.#running.add(run)
    }, delay)
  }

  async #scrape(loop: Loop): Promise<void> {
    const { dial, now } = this.#options
    const { status } = loop
    const started = now()
    const seen = new Map<string, Labels>()
    let counts = { scraped: 0, kept: 0, added: 0 }
    try {
      const { text, openMetrics } = await fetchMetrics(dial, status.target)
      const { samples, metadata } = parseExposition(text, openMetrics)
      const kept = this.#relabelled(samples, status.target)
      counts = { scraped: samples.length, kept: kept.length, added: 0 }
      const limit = status.target.job.sample_limit
      if (limit > 0 && kept.length > limit) throw new Error("sample limit exceeded")
      if (!loop.stopped) counts.added = this.#append(kept, loop, started, seen)
      for (const [name, entry] of metadata) status.metadata.set(name, entry)
      status.health = "up"
      status.lastError = ""
    } catch (error) {
      status.health = "down"
      status.lastError = error instanceof Error ? error.message : String(error)
    }
    status.lastScrape = started
    status.lastDuration = now() - started
    if (loop.stopped) return
    const reports = {
      up: status.health === "up" ? 1 : 0,
      scrape_duration_seconds: status.lastDuration / 1000,
      scrape_samples_scraped: counts.scraped,
      scrape_samples_post_metric_relabeling: counts.kept,
      scrape_series_added: counts.added,
    }
    for (const [name, value] of Object.entries(reports)) {
      const labels = status.target.labels.with("__name__", name)
      this.#options.storage.append(labels, started, value)
      seen.set(labels.key, labels)
    }
    this.#endSeries(loop, started, seen)
    for (const [key, labels] of seen) loop.seen.set(key, labels)
    this.#schedule(loop, Math.max(0, started + status.target.interval - now()))
  }

  #relabelled(samples: readonly ExposedSample[], target: Target): ExposedSample[] {
    return samples.flatMap((sample) => {
      const labels = relabel(withTargetLabels(sample, target), target.job.metric_relabel_configs)
      return labels === undefined ? [] : [{ ...sample, labels }]
    })
  }

  /** Answers how many series are new. Of two samples of one series the first counts. */
  #append(samples: readonly ExposedSample[], loop: Loop, started: number, seen: Map<string, Labels>): number {
    const honors = loop.status.target.job.honor_timestamps
    let added = 0
    for (const { labels, value, timestamp } of samples) {
      const time = honors ? timestamp : undefined
      this.#options.storage.append(labels, time ?? started, value)
      if (!loop.seen.has(labels.key) && !seen.has(labels.key)) added += 1
      // A series that brings its own times ends by itself: it never gets a stale marker.
      if (time === undefined) seen.set(labels.key, labels)
    }
    return added
  }

  /** Series of the last scrape that this one does not have any more. */
  #endSeries(loop: Loop, time: number, seen: ReadonlyMap<string, Labels>): void {
    for (const [key, labels] of loop.seen) {
      if (seen.has(key)) continue
      this.#options.storage.append(labels, time, "stale")
      loop.seen.delete(key)
    }
  }
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
