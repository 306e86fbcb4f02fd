import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import type { Kubectl } from "./kubectl.ts"
import { gateway } from "./namespaces.ts"
import { servePodTargets } from "./pod-targets.ts"

export interface RealPrometheus {
  readonly url: string
  readonly daemon: Daemon
  /** Stops it and starts it again, with what it has stored, after `awayMs`. */
  goAway(awayMs: number): Promise<void>
  close(): Promise<void>
}

const port = 9090

/** As the embedded world's, and Envoy's own statistics beside the applications'. */
const configuration = (targets: string) => ({
  global: { scrape_interval: "1s", scrape_timeout: "1s" },
  scrape_configs: [
    {
      job_name: "kubernetes-pods",
      http_sd_configs: [{ url: targets, refresh_interval: "1s" }],
      relabel_configs: [
        { source_labels: ["__meta_kubernetes_pod_annotation_prometheus_io_scrape"], action: "keep", regex: "true" },
        // One target a pod, not one a container.
        {
          source_labels: ["__meta_kubernetes_pod_container_name"],
          action: "drop",
          regex: "istio-proxy|istio-redirect",
        },
        {
          source_labels: ["__meta_kubernetes_pod_ip", "__meta_kubernetes_pod_annotation_prometheus_io_port"],
          action: "replace",
          regex: "(.+);(\\d+)",
          replacement: "$1:$2",
          target_label: "__address__",
        },
        ...podLabels,
      ],
    },
    {
      job_name: "envoy-stats",
      metrics_path: "/stats/prometheus",
      http_sd_configs: [{ url: targets, refresh_interval: "1s" }],
      relabel_configs: [
        { source_labels: ["__meta_kubernetes_pod_container_name"], action: "keep", regex: "istio-proxy" },
        { source_labels: ["__meta_kubernetes_pod_container_port_name"], action: "keep", regex: "http-envoy-prom" },
        ...podLabels,
      ],
    },
  ],
})

const podLabels = [
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  {
    source_labels: ["__meta_kubernetes_pod_controller_kind", "__meta_kubernetes_pod_controller_name"],
    regex: "ReplicaSet;(.+)-[a-z0-9]+",
    target_label: "_weave_service",
  },
]

export async function startRealPrometheus(kubectl: Kubectl, folder: string): Promise<RealPrometheus> {
  const state = join(folder, "prometheus")
  mkdirSync(state, { recursive: true })
  const file = join(folder, "prometheus.json")
  const targets = await servePodTargets(kubectl)
  writeFileSync(file, JSON.stringify(configuration(targets.url)))
  const url = `http://${gateway}:${String(port)}`
  const start = async (): Promise<Daemon> => {
    const daemon = startDaemon(
      "prometheus",
      "prometheus",
      [`--config.file=${file}`, `--storage.tsdb.path=${state}`, `--web.listen-address=${gateway}:${String(port)}`],
      join(folder, "prometheus.log"),
    )
    await untilReady(
      daemon,
      () =>
        fetch(`${url}/-/ready`).then(
          (answer) => answer.ok,
          () => false,
        ),
      30_000,
    )
    return daemon
  }
  let daemon = await start()
  return {
    url,
    get daemon() {
      return daemon
    },
    async goAway(awayMs) {
      await daemon.stop()
      await new Promise((resolve) => setTimeout(resolve, awayMs))
      daemon = await start()
    },
    async close() {
      await daemon.stop()
      await targets.close()
    },
  }
}
