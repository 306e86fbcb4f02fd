import type { Pod } from "../../kube/types.gen.ts"
import type { MeshPod, Workload } from "../snapshot.ts"

export const proxyContainer = "istio-proxy"

/** The name of the workload that a pod belongs to, as Istio derives it: of the Deployment, not of its ReplicaSet. */
export function workloadName(pod: Pod): string {
  const labels = pod.metadata.labels ?? {}
  const override = labels["service.istio.io/workload-name"]
  if (override) return override
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (!owner) return pod.metadata.name ?? pod.metadata.generateName?.replace(/-$/, "") ?? "unknown"
  const hash = labels["pod-template-hash"]
  if (owner.kind === "ReplicaSet" && hash && owner.name.endsWith(`-${hash}`)) {
    return owner.name.slice(0, -hash.length - 1)
  }
  // The Jobs of a CronJob carry the minute they are for.
  if (owner.kind === "Job") return owner.name.replace(/-\d{8,}$/, "")
  return owner.name
}

export function canonicalName(labels: Readonly<Record<string, string>>, workload: string): string {
  return labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? labels["app"] ?? workload
}

export function canonicalRevision(labels: Readonly<Record<string, string>>): string {
  return (
    labels["service.istio.io/canonical-revision"] ??
    labels["app.kubernetes.io/version"] ??
    labels["version"] ??
    "latest"
  )
}

function workloadOf(pod: Pod): Workload {
  const labels = pod.metadata.labels ?? {}
  const name = workloadName(pod)
  return {
    name,
    namespace: pod.metadata.namespace ?? "default",
    app: labels["app"] ?? "unknown",
    version: labels["version"] ?? "unknown",
    canonicalService: canonicalName(labels, name),
    canonicalRevision: canonicalRevision(labels),
  }
}

/** A pod that may send or receive, also before it has an address; undefined when it has finished. */
export function meshPod(pod: Pod): MeshPod | undefined {
  const { uid, name, namespace, labels = {} } = pod.metadata
  const phase = pod.status?.phase
  if (!uid || !name || phase === "Succeeded" || phase === "Failed") return undefined
  const injected = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].some(
    (container) => container.name === proxyContainer,
  )
  const ip = pod.status?.podIP ?? ""
  return { uid, name, namespace: namespace ?? "default", ip, labels, injected, workload: workloadOf(pod) }
}
