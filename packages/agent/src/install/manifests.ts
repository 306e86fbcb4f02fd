import { canaryCrd, canonicalJson, deliveryCrd } from "@serin/core"
import type { RegistryMirrors } from "../settings.ts"
import { connectionManifests, type ConnectionOptions } from "./connection.ts"
import { labels, metadataIn, type Manifest } from "./manifest.ts"
import { agentName, caConfigMapName, systemNamespace } from "./names.ts"
import { clusterRules, grantEverywhere, grantIn, namespaceRules } from "./rbac.ts"
import { repositoryCrd } from "./repository-crd.ts"
import { agentWorkload, type AgentPlacement } from "./workload.ts"

export interface InstallOptions extends ConnectionOptions, AgentSettings {
  /** Absent: the agent runs elsewhere, with a kubeconfig of its account. */
  readonly agent?: AgentPlacement
  /** PEM: certificate authorities beside those that the image knows. */
  readonly caBundle?: string
}

interface AgentSettings {
  /** Name of this cluster, for `Delivery.spec.owner`. */
  readonly cluster: string
  readonly prometheusUrl?: string
  readonly registryMirrors?: RegistryMirrors
  /** Where people reach the agent's page and API. */
  readonly webUrl?: string
}

/** Everything that `serin install` puts into a cluster, in the order in which it has to be applied. */
export function installManifests(options: InstallOptions): Manifest[] {
  const account = { namespace: systemNamespace, name: agentName }
  return [
    systemNamespaceManifest,
    // Roles are made in these, so they have to be there. They get no label of ours: they are not Serin's to remove.
    ...options.scope.namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...crds,
    ...grantEverywhere(agentName, clusterRules, account),
    ...grantIn(systemNamespace, agentName, namespaceRules, account),
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadataIn(systemNamespace, agentName), data: settings(options) },
    ...(options.caBundle === undefined ? [] : [caConfigMap(options.caBundle)]),
    ...connectionManifests(systemNamespace, options),
    // After all the rest: a supervisor that starts the agent when its account appears finds everything.
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadataIn(systemNamespace, agentName) },
    ...(options.agent === undefined ? [] : agentWorkload(options.agent)),
  ]
}

export const systemNamespaceManifest: Manifest = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: systemNamespace, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
}

export const crds: readonly Manifest[] = [repositoryCrd, canaryCrd, deliveryCrd].map((crd) => ({
  ...crd,
  metadata: { ...crd.metadata, labels },
}))

function settings({ prometheusUrl, registryMirrors, webUrl, cluster }: AgentSettings): Record<string, string> {
  return {
    cluster,
    ...(prometheusUrl === undefined ? {} : { prometheusUrl }),
    ...(webUrl === undefined ? {} : { publicUrl: webUrl }),
    ...(registryMirrors === undefined ? {} : { "registry-mirrors": canonicalJson(registryMirrors) }),
  }
}

const caConfigMap = (caBundle: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadataIn(systemNamespace, caConfigMapName),
  data: { "ca.crt": caBundle },
})
