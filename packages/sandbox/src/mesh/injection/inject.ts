import type { Container, Pod, Probe } from "../../kube/types.gen.ts"
import { canonicalName, canonicalRevision, proxyContainer, workloadName } from "../control/workload.ts"

/** Ports of the sidecar inside the pod, as in Istio. */
export const sidecarPorts = { readiness: 15_021, metrics: 15_090, mergedMetrics: 15_020 } as const

const sidecarImage = "serin/istio-proxy"

/** Where the sidecar finds the application's own metrics; in the variable that Istio's agent reads. */
export interface AppMetrics {
  readonly scrape: string
  readonly path: string
  readonly port: string
}

/** The pod with its sidecar; the same pod when it has one. Pure: nothing of the given object is changed. */
export function injectSidecar(pod: Pod): Pod {
  const { spec, metadata } = pod
  if (!spec || spec.containers.some(({ name }) => name === proxyContainer)) return pod
  const labels = metadata.labels ?? {}
  const annotations = metadata.annotations ?? {}
  const [first] = spec.containers
  const metrics = appMetrics(annotations)
  const workload = workloadName(pod)
  return {
    ...pod,
    metadata: {
      ...metadata,
      labels: {
        ...labels,
        "security.istio.io/tlsMode": labels["security.istio.io/tlsMode"] ?? "disabled",
        "service.istio.io/canonical-name": canonicalName(labels, workload).slice(0, 63),
        "service.istio.io/canonical-revision": canonicalRevision(labels),
      },
      annotations: {
        ...(first
          ? {
              "kubectl.kubernetes.io/default-logs-container": first.name,
              "kubectl.kubernetes.io/default-container": first.name,
            }
          : {}),
        ...annotations,
        "istio.io/rev": "default",
        "sidecar.istio.io/status": JSON.stringify({
          initContainers: null,
          containers: [proxyContainer],
          volumes: null,
          imagePullSecrets: null,
          revision: "default",
        }),
        ...mergedAnnotations(annotations),
      },
    },
    spec: { ...spec, containers: [...spec.containers, sidecar(workload, spec.containers, metrics)] },
  }
}

/** A pod that says `scrape: "false"` is left alone; all others are scraped at the sidecar, which adds their own metrics. */
function mergedAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  if (annotations["prometheus.io/scrape"] === "false") return {}
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(sidecarPorts.mergedMetrics),
    "prometheus.io/path": "/stats/prometheus",
  }
}

function appMetrics(annotations: Readonly<Record<string, string>>): AppMetrics | undefined {
  if (annotations["prometheus.io/scrape"] !== "true") return undefined
  return {
    scrape: "true",
    path: annotations["prometheus.io/path"] ?? "",
    port: annotations["prometheus.io/port"] ?? "",
  }
}

function sidecar(workload: string, others: readonly Container[], metrics: AppMetrics | undefined): Container {
  const fromField = (name: string, fieldPath: string) => {
    return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } }
  }
  return {
    name: proxyContainer,
    image: sidecarImage,
    imagePullPolicy: "IfNotPresent",
    args: ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"],
    ports: [{ containerPort: sidecarPorts.metrics, name: "http-envoy-prom", protocol: "TCP" }],
    env: [
      fromField("POD_NAME", "metadata.name"),
      fromField("POD_NAMESPACE", "metadata.namespace"),
      fromField("INSTANCE_IP", "status.podIP"),
      fromField("SERVICE_ACCOUNT", "spec.serviceAccountName"),
      { name: "ISTIO_META_APP_CONTAINERS", value: others.map(({ name }) => name).join(",") },
      { name: "ISTIO_META_CLUSTER_ID", value: "Kubernetes" },
      { name: "ISTIO_META_WORKLOAD_NAME", value: workload },
      ...(metrics ? [{ name: "ISTIO_PROMETHEUS_ANNOTATIONS", value: JSON.stringify(metrics) }] : []),
    ],
    readinessProbe: readiness({ periodSeconds: 1, failureThreshold: 4 }),
    startupProbe: readiness({ periodSeconds: 1, failureThreshold: 600 }),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  }
}

function readiness(settings: { periodSeconds: number; failureThreshold: number }): Probe {
  const httpGet = { path: "/healthz/ready", port: sidecarPorts.readiness, scheme: "HTTP" }
  return { httpGet, timeoutSeconds: 3, successThreshold: 1, ...settings }
}
