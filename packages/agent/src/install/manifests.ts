import { canaryCrd, canonicalJson, deliveryCrd } from "@serin/core"
import type { RegistryMirrors } from "../settings.ts"
import { connectionManifests, type ConnectionOptions } from "./connection.ts"
import { labels, metadataIn, type Manifest } from "./manifest.ts"
import { agentName, caConfigMapName, systemNamespace } from "./names.ts"
import { clusterRules, grantEverywhere, grantIn, grantToAdmins, namespaceRules, tenantRules } from "./rbac.ts"
import { repositoryCrd } from "./repository-crd.ts"
import { agentWorkload, type AgentPlacement } from "./workload.ts"

export interface InstallOptions extends ConnectionOptions, AgentOptions {}

export interface AgentOptions extends AgentSettings {
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
  /** Where git host and registry reach its receivers, if elsewhere. */
  readonly hooksUrl?: string
  /** What gates and hooks of canaries may call: `HOST`, `*.DOMAIN`, address or CIDR, each with `:PORT` or for all ports. */
  readonly outboundAllow?: readonly string[]
}

/** Everything that `serin install` puts into a cluster, in the order in which it has to be applied. */
export function installManifests(options: InstallOptions): Manifest[] {
  return [
    ...ground(options),
    // Roles are made in these, so they have to be there. They get no label of ours: they are not Serin's to remove.
    ...options.scope.namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...connectionManifests(systemNamespace, options),
    ...running(options),
  ]
}

/** The same without a repository. */
export const agentManifests = (options: AgentOptions): Manifest[] => [...ground(options), ...running(options)]

function ground(options: AgentOptions): Manifest[] {
  return [
    systemNamespaceManifest,
    ...definitions,
    ...grantEverywhere(agentName, clusterRules, account),
    ...grantIn(systemNamespace, agentName, namespaceRules, account),
    grantToAdmins("serin-tenants", tenantRules),
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadataIn(systemNamespace, agentName), data: settings(options) },
    ...(options.caBundle === undefined ? [] : [caConfigMap(options.caBundle)]),
  ]
}

function running({ agent }: AgentOptions): Manifest[] {
  return [
    // After all the rest: a supervisor that starts the agent when its account appears finds everything.
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadataIn(systemNamespace, agentName) },
    ...(agent === undefined ? [] : agentWorkload(agent)),
  ]
}

const account = { namespace: systemNamespace, name: agentName }

const systemNamespaceManifest: Manifest = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: systemNamespace, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
}

/** Serin's CustomResourceDefinitions. */
export const definitions = [repositoryCrd, canaryCrd, deliveryCrd].map((crd) => ({
  ...crd,
  metadata: { ...crd.metadata, labels },
})) satisfies readonly Manifest[]

function settings({
  prometheusUrl,
  registryMirrors,
  webUrl,
  hooksUrl,
  outboundAllow,
  cluster,
}: AgentSettings): Record<string, string> {
  return {
    cluster,
    ...(prometheusUrl === undefined ? {} : { prometheusUrl }),
    ...(webUrl === undefined ? {} : { publicUrl: webUrl }),
    ...(hooksUrl === undefined ? {} : { hooksUrl }),
    ...(outboundAllow === undefined ? {} : { outboundAllow: outboundAllow.join(" ") }),
    ...(registryMirrors === undefined ? {} : { "registry-mirrors": canonicalJson(registryMirrors) }),
  }
}

const caConfigMap = (caBundle: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadataIn(systemNamespace, caConfigMapName),
  data: { "ca.crt": caBundle },
})
