import { stringify } from "yaml"
import { adminPort, envoyArguments, podEnvironment, proxyUser } from "./envoy-bootstrap.ts"
import { images } from "./images.ts"

/** Envoy's port for connections that a pod makes (Istio: `proxyListenPort`). */
const outboundPort = 15001

/** Sends the pod's own connections to the proxy; what the proxy itself connects to, and loopback, is left alone. */
const redirectRules = [
  "add table ip mesh",
  "add chain ip mesh output { type nat hook output priority -100; }",
  `add rule ip mesh output meta skuid ${String(proxyUser)} return`,
  "add rule ip mesh output ip daddr 127.0.0.0/8 return",
  `add rule ip mesh output meta l4proto tcp redirect to :${String(outboundPort)}`,
].join("; ")

/** What Istio's webhook adds to pods of namespaces with the label: Envoy, and the redirection to it. */
const template = {
  spec: {
    initContainers: [
      {
        name: "istio-init",
        image: images.redirect,
        args: [redirectRules],
        securityContext: { runAsUser: 0, runAsNonRoot: false, capabilities: { add: ["NET_ADMIN"] } },
      },
    ],
    containers: [
      {
        name: "istio-proxy",
        image: images.envoy,
        args: envoyArguments({ type: "sidecar", labels: "{{ toJSON .ObjectMeta.Labels }}" }),
        env: podEnvironment,
        ports: [{ name: "http-envoy-prom", containerPort: adminPort, protocol: "TCP" }],
        readinessProbe: { httpGet: { path: "/ready", port: adminPort }, periodSeconds: 1, failureThreshold: 10 },
        resources: { requests: { cpu: "10m", memory: "64Mi" } },
        securityContext: { runAsUser: proxyUser, runAsGroup: proxyUser, runAsNonRoot: true },
      },
    ],
  },
}

/** ConfigMap from which istiod takes what to inject. */
export function injectionConfig(): object {
  // Block literals: what the template language puts in, JSON, needs no escaping there.
  const sidecar = stringify(template, { defaultStringType: "BLOCK_LITERAL", defaultKeyType: "PLAIN", lineWidth: 0 })
  const config = {
    policy: "enabled",
    alwaysInjectSelector: [],
    neverInjectSelector: [],
    templates: { sidecar },
    defaultTemplates: ["sidecar"],
  }
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio-sidecar-injector", namespace: "istio-system" },
    data: { config: JSON.stringify(config), values: JSON.stringify({ global: { proxy: {} } }) },
  }
}
