import type { KubeObject } from "../../kube/client.ts"
import type { Pod } from "../../kube/types.gen.ts"

const systemNamespaces = new Set(["kube-system", "kube-public", "kube-node-lease", "istio-system"])

/**
 * Whether a pod gets a sidecar, as Istio decides with its default revision. The pod's label `sidecar.istio.io/inject`
 * comes first, then its annotation of that name, then the namespace's label `istio-injection`. In a namespace without
 * the label only the pod's label can ask for one (the webhook is not called otherwise).
 */
export function injectionRequired(pod: Pod, namespace: KubeObject | undefined): boolean {
  if (pod.spec?.hostNetwork || systemNamespaces.has(namespace?.metadata.name ?? "")) return false
  const labels = namespace?.metadata.labels ?? {}
  const policy = labels["istio-injection"]
  const asked = pod.metadata.labels?.["sidecar.istio.io/inject"]
  if (policy === "disabled") return false
  if (policy !== "enabled" && labels["istio.io/rev"] !== "default") return asked === "true"
  return (asked ?? pod.metadata.annotations?.["sidecar.istio.io/inject"]) !== "false"
}
