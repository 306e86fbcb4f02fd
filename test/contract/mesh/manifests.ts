import type { JsonObject } from "../harness/json.ts"
import { image } from "./image.ts"
import { namespace, otherNamespace } from "./target.ts"

/** Any object of the API as a case writes it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object }
  readonly spec?: JsonObject
}

/** The port of all services, and the container's behind it. */
export const servicePort = 80
const containerPort = 8080

/** Subset `v1` and `v2` are one pod each; `v3` has three. */
const versions = [
  ["echo-v1", "v1"],
  ["echo-v2", "v2"],
  ["echo-v3-a", "v3"],
  ["echo-v3-b", "v3"],
  ["echo-v3-c", "v3"],
] as const

export const podsOf = (version: string): string[] => versions.filter(([, of]) => of === version).map(([name]) => name)

function pod(name: string, space: string, labels: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: space, labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "app",
          image,
          ports: [{ containerPort }],
          env: [
            { name: "POD_NAME", value: name },
            { name: "VERSION", value: labels["version"] ?? "" },
          ],
          readinessProbe: { httpGet: { path: "/healthz", port: containerPort }, periodSeconds: 1 },
        },
      ],
    },
  }
}

export function service(name: string, selector: Readonly<Record<string, string>>, space: string = namespace): Manifest {
  const ports = [{ name: "http", port: servicePort, targetPort: containerPort }]
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: space }, spec: { selector, ports } }
}

const istio = (kind: string, name: string, spec: JsonObject, space: string): Manifest => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name, namespace: space },
  spec,
})
export const virtualService = (name: string, spec: JsonObject, space: string = namespace): Manifest =>
  istio("VirtualService", name, spec, space)
export const destinationRule = (name: string, spec: JsonObject, space: string = namespace): Manifest =>
  istio("DestinationRule", name, spec, space)
export const gateway = (name: string, spec: JsonObject, space: string = namespace): Manifest =>
  istio("Gateway", name, spec, space)

export const ingressSelector = { istio: "ingressgateway" }

/** The Gateway of cases that bring none of their own: all hosts on port 80. */
export const sharedGateway = gateway("shared", {
  selector: ingressSelector,
  servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
})

/** The sender's own host at the gateway, by which tests tell it what to send. */
export const senderHost = (space: string): string => `sender.${space}.test`

const senders = [namespace, otherNamespace].flatMap((space) => [
  pod("sender", space, { app: "sender", tier: "web" }),
  service("sender", { app: "sender" }, space),
  virtualService(
    "sender",
    {
      hosts: [senderHost(space)],
      gateways: [`${namespace}/shared`],
      http: [{ route: [{ destination: { host: `sender.${space}.svc.cluster.local` } }], retries: { attempts: 0 } }],
    },
    space,
  ),
])

export const namespaces: readonly Manifest[] = [namespace, otherNamespace].map((name) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "istio-injection": "enabled" } },
}))

/** Backends have no sidecar: what reaches them is what the sender's proxy, or the gateway, makes of a request. */
export const furniture: readonly Manifest[] = [
  ...versions.map(([name, version]) =>
    pod(name, namespace, { app: "echo", name, version, "sidecar.istio.io/inject": "false" }),
  ),
  // To ask one of them what it has seen.
  ...versions.map(([name]) => service(name, { name })),
  sharedGateway,
  ...senders,
]
