import type { ResourceRef } from "../../kube/index.ts"

const ref = (group: string, version: string, resource: string): ResourceRef => ({ group, version, resource })

/** The resources that controllers read and write by name. */
export const refs = {
  pods: ref("", "v1", "pods"),
  nodes: ref("", "v1", "nodes"),
  events: ref("", "v1", "events"),
  services: ref("", "v1", "services"),
  regardingEvents: ref("events.k8s.io", "v1", "events"),
  endpoints: ref("", "v1", "endpoints"),
  namespaces: ref("", "v1", "namespaces"),
  configMaps: ref("", "v1", "configmaps"),
  serviceAccounts: ref("", "v1", "serviceaccounts"),
  deployments: ref("apps", "v1", "deployments"),
  replicaSets: ref("apps", "v1", "replicasets"),
  jobs: ref("batch", "v1", "jobs"),
  endpointSlices: ref("discovery.k8s.io", "v1", "endpointslices"),
  definitions: ref("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
} as const satisfies Record<string, ResourceRef>
