import { Labels } from "@serin/promql"
import type { KubeClient } from "../kube/client.ts"
import type { Pod } from "../kube/types.gen.ts"
import type { MetricsConfig, ScrapeConfig } from "./config.ts"
import { relabel } from "./relabel.ts"

/** Something to scrape: where, and the labels that its samples get. */
export interface Target {
  readonly job: ScrapeConfig
  /** `host:port` */
  readonly address: string
  readonly path: string
  readonly labels: Labels
  /** As discovered, before relabelling; what `/api/v1/targets` shows. */
  readonly discovered: Labels
}

export const targetKey = (target: Target): string =>
  `${target.job.job_name}\u0000${target.address}${target.path}\u0000${target.labels.key}`

/** All targets that the configuration finds among these pods. */
export function discover(config: MetricsConfig, pods: readonly Pod[]): Target[] {
  return config.scrape_configs.flatMap((job) => {
    const found = [
      ...job.static_configs.flatMap(({ targets, labels }) =>
        targets.map((address) => Labels.from({ ...labels, __address__: address })),
      ),
      ...job.kubernetes_sd_configs.flatMap(({ namespaces }) =>
        pods
          .filter((pod) => !namespaces || namespaces.names.includes(pod.metadata.namespace ?? ""))
          .flatMap(podTargets),
      ),
    ]
    return found.flatMap((labels) => targetOf(job, labels) ?? [])
  })
}

function targetOf(job: ScrapeConfig, found: Labels): Target | undefined {
  const discovered = found
    .with("job", job.job_name)
    .with("__metrics_path__", job.metrics_path)
    .with("__scheme__", "http")
  const labels = relabel(discovered, job.relabel_configs)
  const address = labels?.get("__address__") ?? ""
  if (labels === undefined || address === "") return undefined
  const kept = Labels.from(labels.pairs.filter(([name]) => !name.startsWith("__")))
  return {
    job,
    address,
    path: labels.get("__metrics_path__"),
    discovered,
    labels: kept.get("instance") === "" ? kept.with("instance", address) : kept,
  }
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
