import type { Labels, MemoryStorage } from "@serin/promql"
import type { Log } from "../log.ts"
import { acceptSamples, type AcceptedSeries } from "./accept-samples.ts"
import { targetKey, type Discovered, type DroppedTarget, type Target } from "./discovery/index.ts"
import type { ExemplarStore } from "./exemplar-store.ts"
import {
  parseExposition,
  parseProtobuf,
  SeriesTexts,
  withNativeHistograms,
  type ExposedSample,
  type MetricMetadata,
} from "./exposition/index.ts"
import { BodySizeError, type Dial } from "./http-get.ts"
import { keep } from "./keep.ts"
import { longestTimer } from "./longest-timer.ts"
import { fetchMetrics } from "./scrape.ts"

/** How far ahead of now a sample may claim to be. Milliseconds. */
const furthestAhead = 600_000

export interface ScrapeStatus {
  target: Target
  health: "up" | "down" | "unknown"
  lastError: string
  /** Unix milliseconds; 0: never. */
  lastScrape: number
  lastDuration: number
  /** What the last good scrape said of the target's metrics. */
  metadata: ReadonlyMap<string, MetricMetadata>
}

export interface ScraperOptions {
  readonly storage: MemoryStorage
  readonly exemplars: ExemplarStore
  readonly dial: Dial
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: Log
}

interface Counts {
  scraped: number
  kept: number
  added: number
  /** Of the answer; −1 if it was too large. */
  bytes: number
}

interface Loop {
  readonly status: ScrapeStatus
  readonly seen: Map<string, Labels>
  readonly texts: SeriesTexts
  readonly accepted: AcceptedSeries
  timer: NodeJS.Timeout | undefined
  readonly stop: AbortController
}

/** Scrapes a changing set of targets into a storage, each at its own interval, with `up` and the `scrape_*` series. */
export class Scraper {
  readonly #loops = new Map<string, Loop>()
  readonly #running = new Set<Promise<void>>()
  readonly #options: ScraperOptions
  #dropped: readonly DroppedTarget[] = []
  /** Jobs with more targets than they may have, and how that is told. */
  #exceeded: ReadonlyMap<string, string> = new Map()

  constructor(options: ScraperOptions) {
    this.#options = options
  }

  /** Replaces the targets: new ones start within their first interval, gone ones end with stale markers, the others go on. */
  setTargets({ targets, dropped }: Discovered): void {
    this.#dropped = dropped
    const wanted = new Map(targets.map((target) => [targetKey(target), target]))
    this.#exceeded = exceededLimits(wanted.values())
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      this.#stop(loop)
      this.#written(() => this.#endSeries(loop, this.#options.now(), new Map()))
    }
    for (const [key, target] of wanted) {
      const known = this.#loops.get(key)
      if (known !== undefined) {
        // What was discovered of it, and how often it is asked, may be another by now.
        known.status.target = target
        continue
      }
      const status: ScrapeStatus = {
        target,
        health: "unknown",
        lastError: "",
        lastScrape: 0,
        lastDuration: 0,
        metadata: new Map(),
      }
      const loop: Loop = {
        status,
        seen: new Map(),
        texts: new SeriesTexts(),
        accepted: new WeakMap(),
        timer: undefined,
        stop: new AbortController(),
      }
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
    loop.stop.abort()
    clearTimeout(loop.timer)
  }

  #schedule(loop: Loop, delay: number): void {
    if (loop.stop.signal.aborted) return
    loop.timer = setTimeout(
      () => {
        const run = this.#scrape(loop).finally(() => this.#running.delete(run))
        this.#running.add(run)
      },
      Math.min(delay, longestTimer),
    )
  }

  async #scrape(loop: Loop): Promise<void> {
    const { now, storage } = this.#options
    const { status } = loop
    const started = now()
    const seen = new Map<string, Labels>()
    const counts = { scraped: 0, kept: 0, added: 0, bytes: 0 }
    try {
      await this.#scrapeInto(loop, started, seen, counts)
      status.health = "up"
      status.lastError = ""
    } catch (error) {
      if (error instanceof BodySizeError) counts.bytes = -1
      status.health = "down"
      status.lastError = error instanceof Error ? error.message : String(error)
    }
    status.lastScrape = started
    status.lastDuration = now() - started
    if (loop.stop.signal.aborted) return
    this.#written(() => {
      for (const [name, value] of Object.entries(reportsOf(status, counts))) {
        const labels = status.target.labels.with("__name__", name)
        seen.set(labels.key, labels)
        storage.append(labels, started, value)
      }
      this.#endSeries(loop, started, seen)
    })
    for (const [key, labels] of seen) loop.seen.set(key, labels)
    this.#schedule(loop, Math.max(0, started + status.target.interval - now()))
  }

  async #scrapeInto(loop: Loop, started: number, seen: Map<string, Labels>, counts: Counts): Promise<void> {
    const { target } = loop.status
    const { job } = target
    const exceeded = this.#exceeded.get(job.job_name)
    if (exceeded !== undefined) throw new Error(exceeded)
    const { body, format } = await fetchMetrics(this.#options.dial, target, loop.stop.signal)
    counts.bytes = body.length
    const forms = { native: job.scrape_native_histograms, classic: job.always_scrape_classic_histograms }
    const exposition =
      format === "protobuf"
        ? parseProtobuf(body, forms)
        : parseExposition(body.toString(), format === "openmetrics", loop.texts)
    const exposed = job.convert_classic_histograms_to_nhcb
      ? withNativeHistograms(exposition, job.always_scrape_classic_histograms)
      : exposition.samples
    // Series of protobuf are other objects each time: they would be looked for in vain.
    const { samples, scraped, kept, error } = acceptSamples(
      exposed,
      target,
      format === "protobuf" ? undefined : loop.accepted,
    )
    Object.assign(counts, { scraped, kept })
    if (error !== undefined) throw new Error(error)
    if (!loop.stop.signal.aborted) counts.added = this.#append(samples, loop, started, seen)
    loop.status.metadata = exposition.metadata
  }

  /** Answers how many series are new. Of two samples of one series the first counts. */
  #append(samples: readonly ExposedSample[], loop: Loop, started: number, seen: Map<string, Labels>): number {
    const { storage, exemplars } = this.#options
    const { honor_timestamps, track_timestamps_staleness } = loop.status.target.job
    let added = 0
    for (const { labels, value, timestamp, exemplar } of samples) {
      const own = honor_timestamps ? timestamp : undefined
      const time = own ?? started
      // What is said of the time to come is not believed.
      if (time > started + furthestAhead) continue
      storage.append(labels, time, value)
      if (exemplar !== undefined)
        exemplars.add(labels, { labels: exemplar.labels, value: exemplar.value, time: exemplar.timestamp ?? time })
      if (!loop.seen.has(labels.key) && !seen.has(labels.key)) added += 1
      // A series that brings its own times ends by itself: it gets a stale marker only if that is asked for.
      if (own === undefined || track_timestamps_staleness) seen.set(labels.key, labels)
    }
    return added
  }

  #written(write: () => void): void {
    const { storage, log } = this.#options
    keep(log, () => {
      write()
      storage.commit()
    })
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

function exceededLimits(targets: Iterable<Target>): Map<string, string> {
  const counts = new Map<Target["job"], number>()
  for (const { job } of targets) counts.set(job, (counts.get(job) ?? 0) + 1)
  return new Map(
    [...counts].flatMap(([{ job_name, target_limit: limit }, count]) =>
      limit > 0 && count > limit
        ? [[job_name, `target_limit exceeded (number of targets: ${String(count)}, limit: ${String(limit)})`] as const]
        : [],
    ),
  )
}

/** What is said of each scrape (Prometheus, "Automatically generated labels and time series"). */
function reportsOf({ health, lastDuration, target }: ScrapeStatus, counts: Counts): Record<string, number> {
  return {
    up: health === "up" ? 1 : 0,
    scrape_duration_seconds: lastDuration / 1000,
    scrape_samples_scraped: counts.scraped,
    scrape_samples_post_metric_relabeling: counts.kept,
    scrape_series_added: counts.added,
    ...(target.job.extra_scrape_metrics && {
      scrape_timeout_seconds: target.timeout / 1000,
      scrape_sample_limit: target.job.sample_limit,
      scrape_body_size_bytes: counts.bytes,
    }),
  }
}
