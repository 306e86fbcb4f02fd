import { formatDuration, Labels, parseDuration } from "@serin/promql"
import type { MetricsConfig, ScrapeConfig } from "../config.ts"
import { relabel } from "../relabel.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"

/** Something to scrape: where, how often, and the labels that its samples get. */
export interface Target {
  readonly job: ScrapeConfig
  /** With its path and parameters. */
  readonly url: string
  /** Milliseconds. */
  readonly interval: number
  readonly timeout: number
  readonly labels: Labels
  /** As discovered, before relabelling; what `/api/v1/targets` shows. */
  readonly discovered: Labels
}

/** Found, and dropped by relabelling. */
export interface DroppedTarget {
  readonly job: string
  readonly discovered: Labels
}

export interface Discovered {
  readonly targets: readonly Target[]
  readonly dropped: readonly DroppedTarget[]
}

/** Targets with labels in common, as files and servers list them. */
export interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export const targetKey = (target: Target): string =>
  `${target.job.job_name}\u0000${target.url}\u0000${target.labels.key}`

/** What was found besides what the configuration itself lists. */
export interface Found {
  /** What the servers of `http_sd_configs` list, by their address. */
  readonly listed: ReadonlyMap<string, readonly TargetGroup[]>
  /** Of Kubernetes, before relabelling. */
  readonly kubernetes: ReadonlyMap<KubernetesDiscovery, readonly Labels[]>
}

const nothing: Found = { listed: new Map(), kubernetes: new Map() }

/** All targets of a configuration, relabelled. */
export function discover(config: MetricsConfig, { listed, kubernetes }: Found = nothing): Discovered {
  const targets: Target[] = []
  const dropped: DroppedTarget[] = []
  for (const job of config.scrape_configs) {
    const found = [
      ...job.static_configs.flatMap(members),
      ...job.http_sd_configs.flatMap(({ url }) =>
        (listed.get(url) ?? []).flatMap((group) => members(group).map((labels) => labels.with("__meta_url", url))),
      ),
      ...job.kubernetes_sd_configs.flatMap((sd) => kubernetes.get(sd) ?? []),
    ]
    for (const labels of found) {
      const discovered = withDefaults(job, labels)
      const target = targetOf(job, discovered)
      if (target === undefined) dropped.push({ job: job.job_name, discovered })
      else targets.push(target)
    }
  }
  return { targets, dropped }
}

const members = ({ targets, labels }: TargetGroup): Labels[] =>
  targets.map((address) => Labels.from({ ...labels, __address__: address }))

/** What relabelling may count on, and change. */
function withDefaults(job: ScrapeConfig, found: Labels): Labels {
  const defaults: Record<string, string> = {
    job: job.job_name,
    __metrics_path__: job.metrics_path,
    __scheme__: job.scheme,
    __scrape_interval__: formatDuration(job.scrape_interval),
    __scrape_timeout__: formatDuration(job.scrape_timeout),
    ...Object.fromEntries(
      Object.entries(job.params).flatMap(([name, [value]]) =>
        value === undefined ? [] : [[`__param_${name}`, value]],
      ),
    ),
  }
  return Labels.from({ ...defaults, ...found.toRecord() })
}

function targetOf(job: ScrapeConfig, discovered: Labels): Target | undefined {
  const labels = relabel(discovered, job.relabel_configs)
  const address = labels?.get("__address__") ?? ""
  if (labels === undefined || address === "" || !URL.canParse(`http://${address}`)) return undefined
  const interval = parseDuration(labels.get("__scrape_interval__")) ?? 0
  const timeout = parseDuration(labels.get("__scrape_timeout__")) ?? 0
  if (interval <= 0 || timeout <= 0) return undefined
  const kept = Labels.from(labels.pairs.filter(([name]) => !name.startsWith("__")))
  return {
    job,
    url: urlOf(job, labels, address),
    interval,
    timeout,
    discovered,
    labels: kept.get("instance") === "" ? kept.with("instance", address) : kept,
  }
}

function urlOf(job: ScrapeConfig, labels: Labels, address: string): string {
  const url = new URL(`http://${address}`)
  const [path = "", query = ""] = labels.get("__metrics_path__").split("?", 2)
  url.pathname = path
  const parameters = new URLSearchParams(query)
  const relabelled = labels.pairs.flatMap(([name, value]) =>
    name.startsWith("__param_") ? [[name.slice("__param_".length), value] as const] : [],
  )
  const first = new Map(relabelled)
  for (const name of new Set([...Object.keys(job.params), ...first.keys()])) {
    const rest = job.params[name]?.slice(1) ?? []
    for (const value of [...(first.has(name) ? [first.get(name) ?? ""] : []), ...rest]) parameters.append(name, value)
  }
  parameters.sort()
  url.search = parameters.toString()
  return url.href
}
