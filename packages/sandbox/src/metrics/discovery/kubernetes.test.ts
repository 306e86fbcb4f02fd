import { describe, expect, test } from "vitest"
import type { KubeClient, KubeObject, ListOptions, ResourceRef, WatchEvent } from "../../kube/client.ts"
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
import { kubernetesDiscovery, type KubernetesDiscovery } from "./kubernetes-config.ts"
import type { KubernetesObjects } from "./kubernetes-objects.ts"
import { kubernetesTargets, watchKubernetes } from "./kubernetes.ts"

const sd = (settings: object): KubernetesDiscovery => kubernetesDiscovery.parse(settings)

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-abc-1",
    namespace: "shop",
    uid: "u-1",
    labels: { "app.kubernetes.io/name": "web" },
    annotations: { "prometheus.io/scrape": "true" },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-abc", uid: "r", controller: true }],
  },
  spec: {
    nodeName: "node-1",
    containers: [
      { name: "app", image: "web:1", ports: [{ name: "http", containerPort: 8080 }, { containerPort: 9090 }] },
      { name: "side", image: "side:1" },
    ],
    initContainers: [{ name: "init", image: "init:1" }],
  },
  status: {
    phase: "Running",
    podIP: "10.0.0.1",
    hostIP: "192.168.0.1",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [
      { name: "app", image: "", imageID: "", ready: true, restartCount: 0, containerID: "containerd://1" },
    ],
  },
}
const service: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop", labels: { tier: "front" } },
  spec: { type: "ClusterIP", clusterIP: "10.96.0.1", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
}
const node: Node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1", labels: { zone: "a" } },
  spec: { providerID: "local://1" },
  status: {
    addresses: [
      { type: "Hostname", address: "node-1.local" },
      { type: "InternalIP", address: "192.168.0.1" },
    ],
    conditions: [{ type: "Ready", status: "True" }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
  },
}
const targetRef = { kind: "Pod", namespace: "shop", name: "web-abc-1" }
const endpoints: Endpoints = {
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { name: "web", namespace: "shop" },
  subsets: [
    {
      addresses: [{ ip: "10.0.0.1", nodeName: "node-1", targetRef }],
      notReadyAddresses: [{ ip: "10.0.0.2" }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    },
  ],
}
const slice: EndpointSlice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  addressType: "IPv4",
  metadata: { name: "web-x", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
  endpoints: [
    { addresses: ["10.0.0.1"], conditions: { ready: true, serving: true }, zone: "a", nodeName: "node-1", targetRef },
  ],
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
}
const ingress: Ingress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    ingressClassName: "mesh",
    tls: [{ hosts: ["*.example.com"] }],
    rules: [
      {
        host: "shop.example.com",
        http: {
          paths: [
            { pathType: "Prefix", backend: {} },
            { path: "/api", pathType: "Prefix", backend: {} },
          ],
        },
      },
      { host: "plain.test" },
    ],
  },
}
const namespace: Namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels: { team: "red" } },
}
const replicaset: ReplicaSet = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: "web-abc",
    namespace: "shop",
    ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d", controller: true }],
  },
}
const objects: KubernetesObjects = {
  pod: new Map([["shop/web-abc-1", pod]]),
  service: new Map([["shop/web", service]]),
  node: new Map([["/node-1", node]]),
  endpoints: new Map([["shop/web", endpoints]]),
  endpointslice: new Map([["shop/web-x", slice]]),
  ingress: new Map([["shop/web", ingress]]),
  namespace: new Map([["/shop", namespace]]),
  replicaset: new Map([["shop/web-abc", replicaset]]),
}

/** Without the part of their names that all have. */
const found = (settings: object): Record<string, string>[] =>
  kubernetesTargets(sd(settings), objects).map((labels) =>
    Object.fromEntries(labels.pairs.map(([name, value]) => [name.replace("__meta_kubernetes_", ""), value])),
  )

const ofPod = {
  pod_name: "web-abc-1",
  pod_ip: "10.0.0.1",
  pod_host_ip: "192.168.0.1",
  pod_ready: "true",
  pod_phase: "Running",
  pod_node_name: "node-1",
  pod_uid: "u-1",
  pod_controller_kind: "ReplicaSet",
  pod_controller_name: "web-abc",
  pod_label_app_kubernetes_io_name: "web",
  pod_labelpresent_app_kubernetes_io_name: "true",
  pod_annotation_prometheus_io_scrape: "true",
  pod_annotationpresent_prometheus_io_scrape: "true",
}

describe("targets of Kubernetes' roles", () => {
  test("pod: one per port, or one without a port for a container that has none", () => {
    const targets = found({ role: "pod" })
    expect(
      targets.map(({ __address__, pod_container_name, pod_container_init }) => [
        __address__,
        pod_container_name,
        pod_container_init,
      ]),
    ).toEqual([
      ["10.0.0.1:8080", "app", "false"],
      ["10.0.0.1:9090", "app", "false"],
      ["10.0.0.1", "side", "false"],
      ["10.0.0.1", "init", "true"],
    ])
    expect(targets[0]).toEqual({
      __address__: "10.0.0.1:8080",
      namespace: "shop",
      ...ofPod,
      pod_container_name: "app",
      pod_container_image: "web:1",
      pod_container_id: "containerd://1",
      pod_container_init: "false",
      pod_container_port_name: "http",
      pod_container_port_number: "8080",
      pod_container_port_protocol: "TCP",
    })
  })

  test("metadata of what a pod belongs to, when asked for", () => {
    const [target] = found({ role: "pod", attach_metadata: { node: true, namespace: true, deployment: true } })
    expect(target).toMatchObject({
      node_name: "node-1",
      node_label_zone: "a",
      namespace_label_team: "red",
      pod_deployment_name: "web",
    })
  })

  test("node: its kubelet", () => {
    expect(found({ role: "node" })).toEqual([
      {
        __address__: "192.168.0.1:10250",
        instance: "node-1",
        node_name: "node-1",
        node_label_zone: "a",
        node_labelpresent_zone: "true",
        node_provider_id: "local://1",
        node_condition_ready: "true",
        node_address_InternalIP: "192.168.0.1",
        node_address_Hostname: "node-1.local",
      },
    ])
  })

  test("service: one per port", () => {
    expect(found({ role: "service" })).toEqual([
      {
        __address__: "web.shop.svc:80",
        namespace: "shop",
        service_name: "web",
        service_label_tier: "front",
        service_labelpresent_tier: "true",
        service_cluster_ip: "10.96.0.1",
        service_port_name: "http",
        service_port_number: "80",
        service_port_protocol: "TCP",
        service_type: "ClusterIP",
      },
    ])
  })

  test("endpoints: their pods' labels, and the ports of these that the service leaves out", () => {
    const targets = found({ role: "endpoints" })
    expect(targets[0]).toMatchObject({
      __address__: "10.0.0.1:8080",
      namespace: "shop",
      endpoints_name: "web",
      endpoint_ready: "true",
      endpoint_port_name: "http",
      endpoint_node_name: "node-1",
      endpoint_address_target_kind: "Pod",
      endpoint_address_target_name: "web-abc-1",
      service_name: "web",
      service_label_tier: "front",
      pod_container_name: "app",
      pod_container_port_number: "8080",
      ...ofPod,
    })
    expect(
      targets
        .slice(1)
        .map(({ __address__, endpoint_ready, pod_name, service_name }) => [
          __address__,
          endpoint_ready,
          pod_name,
          service_name,
        ]),
    ).toEqual([
      ["10.0.0.2:8080", "false", undefined, "web"],
      ["10.0.0.1:9090", undefined, "web-abc-1", "web"],
    ])
  })

  test("endpointslice: the same, by the slice", () => {
    const targets = found({ role: "endpointslice" })
    expect(targets[0]).toMatchObject({
      __address__: "10.0.0.1:8080",
      endpointslice_name: "web-x",
      endpointslice_address_type: "IPv4",
      endpointslice_port: "8080",
      endpointslice_port_name: "http",
      endpointslice_endpoint_conditions_ready: "true",
      endpointslice_endpoint_conditions_serving: "true",
      endpointslice_endpoint_zone: "a",
      endpointslice_address_target_name: "web-abc-1",
      service_name: "web",
      ...ofPod,
    })
    expect(targets.map(({ __address__ }) => __address__)).toEqual(["10.0.0.1:8080", "10.0.0.1:9090"])
  })

  test("ingress: one per host and path", () => {
    expect(
      found({ role: "ingress" }).map(({ ingress_scheme, ingress_host, ingress_path, ingress_class_name }) => [
        ingress_scheme,
        ingress_host,
        ingress_path,
        ingress_class_name,
      ]),
    ).toEqual([
      ["https", "shop.example.com", "/", "mesh"],
      ["https", "shop.example.com", "/api", "mesh"],
      ["http", "plain.test", "/", "mesh"],
    ])
  })
})

test("only what a role needs is watched, in the namespaces and by the selectors that are given", () => {
  const watched: [string, ListOptions][] = []
  const emits: ((event: WatchEvent<KubeObject>) => void)[] = []
  const unused = () => Promise.reject(new Error("not used by service discovery"))
  const client: KubeClient = {
    get: unused,
    list: unused,
    resources: () => [],
    bind: unused,
    create: unused,
    update: unused,
    patch: unused,
    delete: unused,
    watch: ({ resource }: ResourceRef, options: ListOptions, onEvent) => {
      watched.push([resource, options])
      emits.push(onEvent as (event: WatchEvent<KubeObject>) => void)
    },
  }
  const told: number[] = []
  const discovery = sd({
    role: "endpoints",
    namespaces: { names: ["shop", "bank"] },
    selectors: [{ role: "pod", label: "app=web", field: "status.phase=Running" }],
    attach_metadata: { node: true },
  })
  watchKubernetes(client, discovery, ({ pod: pods }) => told.push(pods.size), new AbortController().signal)
  const pods = { labelSelector: "app=web", fieldSelector: "status.phase=Running" }
  expect(watched).toEqual([
    ["endpoints", { namespace: "shop" }],
    ["endpoints", { namespace: "bank" }],
    ["services", { namespace: "shop" }],
    ["services", { namespace: "bank" }],
    ["pods", { namespace: "shop", ...pods }],
    ["pods", { namespace: "bank", ...pods }],
    ["nodes", {}],
  ])
  emits[4]?.({ type: "ADDED", object: pod })
  emits[4]?.({ type: "DELETED", object: pod })
  expect(told).toEqual([1, 0])
})
