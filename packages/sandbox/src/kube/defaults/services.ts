import { recordAt, valueAt, type Json } from "../json.ts"
import { eachOf, fill, isUnset, within, type Defaulter } from "./fill.ts"

const THREE_HOURS = 10_800

const service: Defaulter = (value) => {
  const defaulted = within(value, "spec", serviceSpec)
  if (valueAt(defaulted, "spec", "type") !== "LoadBalancer") return defaulted
  return within(defaulted, "status", (status) =>
    within(status, "loadBalancer", (balancer) =>
      eachOf(balancer, "ingress", (ingress) => (isUnset(ingress["ip"]) ? ingress : fill(ingress, { ipMode: "VIP" }))),
    ),
  )
}

function serviceSpec(before: Json): Json {
  const spec = eachOf(fill(before, { sessionAffinity: "None", type: "ClusterIP" }), "ports", port)
  const type = spec["type"]
  const reachable = type === "LoadBalancer" || type === "NodePort" || hasExternalAddress(spec)
  return affinity({
    ...fill(spec, {
      ...(reachable ? { externalTrafficPolicy: "Cluster" } : {}),
      ...(type === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" }),
      ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
    }),
  })
}

const hasExternalAddress = (spec: Json): boolean =>
  spec["type"] === "ClusterIP" && Array.isArray(spec["externalIPs"]) && spec["externalIPs"].length > 0

function port(before: Json): Json {
  const value = fill(before, { protocol: "TCP" })
  const target = value["targetPort"]
  return isUnset(target) || target === 0 ? { ...value, targetPort: value["port"] } : value
}

function affinity(spec: Json): Json {
  if (spec["sessionAffinity"] === "None") {
    const { sessionAffinityConfig: _, ...rest } = spec
    return rest
  }
  const timeout = recordAt(recordAt(spec, "sessionAffinityConfig"), "clientIP")["timeoutSeconds"]
  if (spec["sessionAffinity"] !== "ClientIP" || !isUnset(timeout)) return spec
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: THREE_HOURS } } }
}

export const serviceDefaults: Readonly<Record<string, Defaulter>> = {
  "core.v1.Service": service,
  "core.v1.EndpointPort": (value) => fill(value, { protocol: "TCP" }),
  // An empty name is a name.
  "discovery.v1.EndpointPort": (value) => fill({ ...value, name: value["name"] ?? "" }, { protocol: "TCP" }),
  "networking.v1.NetworkPolicyPort": (value) => fill(value, { protocol: "TCP" }),
  "networking.v1.NetworkPolicy": (value) =>
    within(value, "spec", (spec) => {
      const egress = Array.isArray(spec["egress"]) && spec["egress"].length > 0
      return fill(spec, { policyTypes: egress ? ["Ingress", "Egress"] : ["Ingress"] })
    }),
  "networking.v1.IngressClass": (value) =>
    valueAt(value, "spec", "parameters") === undefined
      ? value
      : within(value, "spec", (spec) =>
          within(spec, "parameters", (parameters) => fill(parameters, { scope: "Cluster" })),
        ),
}
