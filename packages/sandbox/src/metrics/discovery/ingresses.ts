import type { Ingress } from "../../kube/types.gen.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"
import type { KubernetesObjects } from "./kubernetes-objects.ts"
import { metadataLabels, prefix, type MetaLabels } from "./meta-labels.ts"
import { namespaceMetadata } from "./pods.ts"

/** One target per host and path. */
export function ingressTargets(ingress: Ingress, objects: KubernetesObjects, sd: KubernetesDiscovery): MetaLabels[] {
  const { metadata, spec } = ingress
  const secured = (spec?.tls ?? []).flatMap(({ hosts }) => hosts ?? [])
  return (spec?.rules ?? []).flatMap(({ host = "", http }) =>
    (http?.paths.map(({ path }) => path) ?? ["/"]).map((path) => ({
      [`${prefix}namespace`]: metadata.namespace ?? "",
      ...metadataLabels("ingress", metadata),
      ...namespaceMetadata(metadata, objects, sd),
      __address__: host,
      [`${prefix}ingress_class_name`]: spec?.ingressClassName ?? "",
      [`${prefix}ingress_scheme`]: secured.some((pattern) => covers(pattern, host)) ? "https" : "http",
      [`${prefix}ingress_host`]: host,
      [`${prefix}ingress_path`]: path === undefined || path === "" ? "/" : path,
    })),
  )
}

/** `*.example.com` stands for one name before the rest. */
function covers(pattern: string, host: string): boolean {
  if (pattern === host) return true
  return pattern.startsWith("*.") && host.slice(host.indexOf(".")) === pattern.slice(1) && host.includes(".")
}
