import { Labels, type MemoryStorage } from "@serin/promql"
import type { MetricsConfig } from "./config.ts"
import { targetKey, type Target } from "./discovery.ts"
import { parseExposition, type MetricMetadata } from "./exposition.ts"
import { relabel } from "./relabel.ts"
import { fetchMetrics, type Dial } from "./scrape.ts"

export interface ScrapeStatus {
  readonly target: Target
  health: "up" | "down" | "unknown"
  lastError: string
  lastScrape: number
  lastDuration: number
}

export interface ScraperOptions {
  readonly storage: MemoryStorage
  readonly config: MetricsConfig
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
  readonly metadata = new Map<string, MetricMetadata>()
  readonly #options: ScraperOptions

  constructor(options: ScraperOptions) {
    this.#options = options
  }

  /** Replaces the targets: new ones start within their first interval, gone ones end with stale markers. */
  setTargets(targets: readonly Target[]): void {
    const wanted = new Map(targets.map((target) => [targetKey(target), target]))
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      this.#stop(loop)
      this.#endSeries(loop, this.#options.now(), new Map())
    }
    for (const [key, target] of wanted) {
      if (this.#loops.has(key)) continue
      const status: ScrapeStatus = { target, health: "unknown", lastError: "", lastScrape: 0, lastDuration: 0 }
      const loop: Loop = { status, seen: new Map(), timer: undefined, stopped: false }
      this.#loops.set(key, loop)
      this.#schedule(loop, 0)
    }
  }

  statuses(): readonly ScrapeStatus[] {
    return [...this.#loops.values()].map((loop) => loop.status)
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
    const { storage, config, dial, now } = this.#options
    const { job, address, path } = loop.status.target
    const interval = job.scrape_interval ?? config.global.scrape_interval
    const timeout = Math.min(interval, job.scrape_timeout ?? config.global.scrape_timeout)
    const started = now()
    const seen = new Map<string, Labels>()
    let scraped = 0
    try {
      const { text, openMetrics } = await fetchMetrics(dial, address, path, timeout)
      const { samples, metadata } = parseExposition(text, openMetrics)
      for (const [name, entry] of metadata) this.metadata.set(name, entry)
      if (!loop.stopped) {
        for (const sample of samples) {
          scraped += 1
          const labels = relabel(this.#withTargetLabels(sample.labels, loop), job.metric_relabel_configs)
          if (labels === undefined) continue
          storage.append(labels, sample.timestamp ?? started, sample.value)
          if (sample.timestamp === undefined) seen.set(labels.key, labels)
        }
      }
      loop.status.health = "up"
      loop.status.lastError = ""
    } catch (error) {
      loop.status.health = "down"
      loop.status.lastError = error instanceof Error ? error.message : String(error)
    }
    loop.status.lastScrape = started
    loop.status.lastDuration = now() - started
    if (loop.stopped) return
    this.#report(loop, seen, started, "up", loop.status.health === "up" ? 1 : 0)
    this.#report(loop, seen, started, "scrape_duration_seconds", loop.status.lastDuration / 1000)
    this.#report(loop, seen, started, "scrape_samples_scraped", scraped)
    this.#endSeries(loop, started, seen)
    for (const [key, labels] of seen) loop.seen.set(key, labels)
    this.#schedule(loop, Math.max(0, started + interval - now()))
  }

  #report(loop: Loop, seen: Map<string, Labels>, time: number, name: string, value: number): void {
    const labels = loop.status.target.labels.with("__name__", name)
    this.#options.storage.append(labels, time, value)
    seen.set(labels.key, labels)
  }

  /** Series of the last scrape that this one does not have any more. */
  #endSeries(loop: Loop, time: number, seen: ReadonlyMap<string, Labels>): void {
    for (const [key, labels] of loop.seen) {
      if (seen.has(key)) continue
      this.#options.storage.append(labels, time, "stale")
      loop.seen.delete(key)
    }
  }

  /** The target's labels win over the sample's, which then is called `exported_…` (unless `honor_labels`). */
  #withTargetLabels(sample: Labels, loop: Loop): Labels {
    const { labels, job } = loop.status.target
    const pairs = new Map(sample.pairs)
    for (const [name, value] of labels.pairs) {
      const own = pairs.get(name)
      if (own !== undefined && job.honor_labels) continue
      if (own !== undefined) pairs.set(`exported_${name}`, own)
      pairs.set(name, value)
    }
    return Labels.from(pairs)
  }
}
