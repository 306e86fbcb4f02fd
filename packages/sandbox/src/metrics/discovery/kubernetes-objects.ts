import type {
  Endpoints,
  EndpointSlice,
  Ingress,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from "../../kube/types.gen.ts"

/** The kinds that targets are made of. */
export interface KubernetesKinds {
  readonly pod: Pod
  readonly service: Service
  readonly node: Node
  readonly endpoints: Endpoints
  readonly endpointslice: EndpointSlice
  readonly ingress: Ingress
  readonly namespace: Namespace
  readonly replicaset: ReplicaSet
}

export type KubernetesKind = keyof KubernetesKinds

/** What is known of them, by namespace and name (of what is in none, `/name`). */
export type KubernetesObjects = { readonly [Kind in KubernetesKind]: ReadonlyMap<string, KubernetesKinds[Kind]> }

export const objectKey = (namespace: string | undefined, name: string | undefined): string =>
  `${namespace ?? ""}/${name ?? ""}`
