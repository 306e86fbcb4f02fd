import type { ResourceRef } from "../kube/index.ts"

const core = (resource: string): ResourceRef => ({ group: "", version: "v1", resource })

/** The resources that the kubelet reads and writes. */
export const refs = {
  pods: core("pods"),
  nodes: core("nodes"),
  services: core("services"),
  configMaps: core("configmaps"),
  secrets: core("secrets"),
  serviceAccountTokens: core("serviceaccounts/token"),
  leases: { group: "coordination.k8s.io", version: "v1", resource: "leases" },
} as const satisfies Record<string, ResourceRef>
