import { formatDuration, Labels, parseDuration } from "@serin/promql"
import type { KubeClient } from "../kube/client.ts"
import type { Pod } from "../kube/types.gen.ts"
import type { MetricsConfig, ScrapeConfig } from "./config.ts"
import { relabel } from "./relabel.ts"

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

/** All targets that the configuration finds among these pods and what the servers of `http_sd_configs` list, by their address. */
export function discover(
  config: MetricsConfig,
  pods: readonly Pod[],
  listed: ReadonlyMap<string, readonly TargetGroup[]> = new Map(),
): Discovered {
  const targets: Target[] = []
  const dropped: DroppedTarget[] = []
  for (const job of config.scrape_configs) {
    const found = [
      ...job.static_configs.flatMap(members),
      ...job.http_sd_configs.flatMap(({ url }) =>
        (listed.get(url) ?? []).flatMap((group) => members(group).map((labels) => labels.with("__meta_url", url))),
      ),
      ...job.kubernetes_sd_configs.flatMap(({ namespaces }) =>
        pods
          .filter((pod) => !namespaces || namespaces.names.includes(pod.metadata.namespace ?? ""))
          .flatMap(podTargets),
      ),
    ]
    for (const labels of found) {
      const discovered = withDefaults(config, job, labels)
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
function withDefaults({ global }: MetricsConfig, job: ScrapeConfig, found: Labels): Labels {
  const interval = job.scrape_interval ?? global.scrape_interval
  const timeout = Math.min(interval, job.scrape_timeout ?? global.scrape_timeout)
  const defaults: Record<string, string> = {
    job: job.job_name,
    __metrics_path__: job.metrics_path,
    __scheme__: "http",
    __scrape_interval__: formatDuration(interval),
    __scrape_timeout__: formatDuration(timeout),
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

const sanitized = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, "_")

/** One target per declared container port, or one without a port (Prometheus, "kubernetes_sd_config", role pod). */
function podTargets(pod: Pod): Labels[] {
  const ip = pod.status?.podIP
  if (ip === undefined || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return []
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true)
  const ready = pod.status?.conditions?.find((condition) => condition.type === "Ready")?.status.toLowerCase()
  const common: Record<string, string> = {
    __meta_kubernetes_namespace: pod.metadata.namespace ?? "",
    __meta_kubernetes_pod_name: pod.metadata.name ?? "",
    __meta_kubernetes_pod_ip: ip,
    __meta_kubernetes_pod_ready: ready ?? "unknown",
    __meta_kubernetes_pod_phase: pod.status?.phase ?? "",
    __meta_kubernetes_pod_node_name: pod.spec?.nodeName ?? "",
    __meta_kubernetes_pod_uid: pod.metadata.uid ?? "",
    __meta_kubernetes_pod_controller_kind: controller?.kind ?? "",
    __meta_kubernetes_pod_controller_name: controller?.name ?? "",
  }
  for (const [name, value] of Object.entries(pod.metadata.labels ?? {})) {
    common[`__meta_kubernetes_pod_label_${sanitized(name)}`] = value
    common[`__meta_kubernetes_pod_labelpresent_${sanitized(name)}`] = "true"
  }
  for (const [name, value] of Object.entries(pod.metadata.annotations ?? {})) {
    common[`__meta_kubernetes_pod_annotation_${sanitized(name)}`] = value
    common[`__meta_kubernetes_pod_annotationpresent_${sanitized(name)}`] = "true"
  }
  return (pod.spec?.containers ?? []).flatMap((container) => {
    const named = {
      ...common,
      __meta_kubernetes_pod_container_name: container.name,
      __meta_kubernetes_pod_container_image: container.image ?? "",
    }
    if (!container.ports?.length) return [Labels.from({ ...named, __address__: ip })]
    return container.ports.map((port) =>
      Labels.from({
        ...named,
        __address__: `${ip}:${port.containerPort}`,
        __meta_kubernetes_pod_container_port_name: port.name ?? "",
        __meta_kubernetes_pod_container_port_number: String(port.containerPort),
        __meta_kubernetes_pod_container_port_protocol: port.protocol ?? "TCP",
      }),
    )
  })
}

/** Keeps `onChange` informed of all pods, until the signal aborts. */
export function watchPods(client: KubeClient, onChange: (pods: readonly Pod[]) => void, signal: AbortSignal): void {
  const pods = new Map<string, Pod>()
  client.watch<Pod>(
    { group: "", version: "v1", resource: "pods" },
    {},
    ({ type, object }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`
      if (type === "DELETED") pods.delete(key)
      else pods.set(key, object)
      onChange([...pods.values()])
    },
    signal,
  )
}
