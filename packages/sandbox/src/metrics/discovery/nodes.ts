import type { Node } from "../../kube/types.gen.ts"
import { address, labelPart, metadataLabels, prefix, type MetaLabels } from "./meta-labels.ts"

/** Which of a node's addresses it is scraped at. */
const preferred = ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"]

/** A node's kubelet. */
export function nodeTargets(node: Node): MetaLabels[] {
  const addresses = new Map<string, string>()
  for (const { type, address: text } of node.status?.addresses ?? [])
    if (!addresses.has(type)) addresses.set(type, text)
  const type = preferred.find((one) => addresses.has(one))
  if (type === undefined) return []
  const labels: MetaLabels = {
    ...metadataLabels("node", node.metadata),
    [`${prefix}node_provider_id`]: node.spec?.providerID ?? "",
    __address__: address(addresses.get(type) ?? "", node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0),
    instance: node.metadata.name ?? "",
  }
  for (const { type: condition, status } of node.status?.conditions ?? [])
    labels[`${prefix}node_condition_${labelPart(condition.toLowerCase())}`] = status.toLowerCase()
  for (const [kind, text] of addresses) labels[`${prefix}node_address_${labelPart(kind)}`] = text
  return [labels]
}
