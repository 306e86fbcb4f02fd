import { Engine, MemoryStorage, type Storage } from "@serin/promql"
import { openStorage } from "@serin/promql/node"
import { closeServer, createLocalServer, listen } from "../http/index.ts"
import type { KubeClient } from "../kube/client.ts"
import type { Log } from "../log.ts"
import { answer } from "./api/index.ts"
import { parseConfig } from "./config.ts"
import { startDiscovery } from "./discovery/index.ts"
import { ExemplarStore } from "./exemplar-store.ts"
import type { Dial } from "./http-get.ts"
import { keep } from "./keep.ts"
import { readRuleFiles, startRules, type GroupState } from "./rules/index.ts"
import { Scraper } from "./scraper.ts"

export interface MetricsOptions {
  /** A Prometheus configuration (YAML). */
  readonly config: string
  /** The folder that paths in the configuration start from. Default: the working directory. */
  readonly configDir?: string
  /** For Kubernetes service discovery; a configuration that has it needs this. */
  readonly client?: KubeClient
  /** Where samples are kept, and found again after a restart or a `kill -9`; if absent they end with the process. */
  readonly dataDir?: string
  /** Samples to begin with, in the place of a `dataDir`. */
  readonly storage?: MemoryStorage
  /** How targets are reached. */
  readonly dial: Dial
  readonly port?: number
  /** Unix milliseconds. */
  readonly now?: () => number
  /** Samples older than this are dropped. Milliseconds. */
  readonly retention?: number
  readonly log: Log
}

/** A running Prometheus: scrapes, stores, answers the HTTP API. */
export interface Metrics {
  readonly port: number
  /** `http://127.0.0.1:9090` */
  readonly url: string
  close(): Promise<void>
}

const minute = 60_000

/** Rejects when the configuration or a file of rules is wrong, or the port is in use. */
export async function startMetrics(options: MetricsOptions): Promise<Metrics> {
  const now = options.now ?? Date.now
  const retention = options.retention ?? 6 * 60 * minute
  const config = parseConfig(options.config)
  if (options.client === undefined && config.scrape_configs.some((job) => job.kubernetes_sd_configs.length > 0))
    throw new Error("Prometheus configuration: kubernetes_sd_configs needs a Kubernetes API; none was given.")
  const groups = await readRuleFiles(config.rule_files, options.configDir ?? process.cwd(), {
    interval: config.global.evaluation_interval,
    queryOffset: config.global.rule_query_offset,
  })
  const storage = options.storage ?? openSamples(options)
  const engineOf = (of: Storage, lookback?: number): Engine =>
    new Engine(of, {
      defaultStep: config.global.evaluation_interval,
      ...(lookback === undefined ? {} : { lookback }),
    })
  const exemplars = new ExemplarStore()
  const scraper = new Scraper({ storage, exemplars, dial: options.dial, now, log: options.log })
  const rules: { groups: readonly GroupState[] } = { groups: [] }
  const context = { engineOf, storage, exemplars, scraper, rules, config, retention, started: now(), now }
  const server = createLocalServer(
    "Prometheus",
    (request, response, url) => answer(context, request, response, url),
    options.log,
  )
  const port = await listen(server, options.port ?? 0, "Prometheus")
  const url = `http://127.0.0.1:${port}`
  const running = startRules(groups, {
    storage,
    engine: engineOf(storage),
    externalLabels: config.global.external_labels,
    externalUrl: url,
    now,
    log: options.log,
  })
  rules.groups = running.groups
  if (config.alerting.alertmanagers.length > 0)
    options.log("alerts are not sent to the configured Alertmanagers: see them in /api/v1/alerts")
  const stop = new AbortController()
  startDiscovery(config, options, (found) => scraper.setTargets(found), stop.signal)
  const sweeper = setInterval(
    () =>
      keep(options.log, () => {
        storage.retain(now() - retention)
        storage.commit()
      }),
    minute,
  )
  return {
    port,
    url,
    close: async () => {
      stop.abort()
      clearInterval(sweeper)
      running.close()
      await scraper.close()
      await closeServer(server)
      storage.close()
    },
  }
}

/** A torn end is what the last process was killed at; anything else that is wrong with the files is told. */
function openSamples({ dataDir, log }: MetricsOptions): MemoryStorage {
  if (dataDir === undefined) return new MemoryStorage()
  const { storage, recovery } = openStorage(dataDir)
  if (recovery.damaged.length > 0)
    log("samples are lost: a part of the log is damaged; remove the files to begin anew", {
      dataDir,
      files: recovery.damaged,
    })
  return storage
}
