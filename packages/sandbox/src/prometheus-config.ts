/**
 * The embedded Prometheus' configuration. Pods say by the usual annotations that they want to be scraped; in the mesh
 * these lead to the sidecar's merged metrics. `_weave_service` is the name of the pod's Deployment: a ReplicaSet is
 * called `<deployment>-<hash>`. Rules are read from `rules/*.yml` beside the samples when the world starts. `gatewayTelemetry`
 * is the `host:port` of the ingress gateway's metrics.
 */
export const prometheusConfig = (gatewayTelemetry: string): string => `
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
rule_files:
  - rules/*.yml
scrape_configs:
  - job_name: kubernetes-pods
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        action: keep
        regex: "true"
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
        action: replace
        target_label: __metrics_path__
        regex: (.+)
      - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
        action: replace
        regex: (.+);(\\d+)
        replacement: $1:$2
        target_label: __address__
      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - source_labels: [__meta_kubernetes_pod_controller_kind, __meta_kubernetes_pod_controller_name]
        regex: ReplicaSet;(.+)-[a-z0-9]+
        target_label: _weave_service
  - job_name: istio-ingressgateway
    metrics_path: /stats/prometheus
    static_configs:
      - targets: ["${gatewayTelemetry}"]
        labels: {instance: istio-ingressgateway.istio-system}
`
