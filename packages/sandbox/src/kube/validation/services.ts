import { isIPv6 } from "node:net"
import type { KubeObject } from "../client.ts"
import type { Service, ServicePort, ServiceSpec } from "../types.gen.ts"
import { cidr, ipAddress, reachable } from "./addresses.ts"
import { follows, isEmpty, labels, port, portOrName } from "./checks.ts"
import { duplicate, forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsLabel, dnsSubdomain, qualifiedName } from "./names.ts"

export const protocols = ["SCTP", "TCP", "UDP"]
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
const families = ["IPv4", "IPv6"]
const ONE_DAY = 86_400

export function* validateService(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec = {} } = object as Service
  // Addresses are given out before the rest is looked at, so what is wrong with them is all that is told.
  const addresses = spec.type === "ExternalName" ? [] : [...clusterAddresses(spec)]
  if (addresses.length > 0) yield* addresses
  else yield* otherFields(object, old, spec)
}

function* otherFields(object: KubeObject, old: KubeObject | undefined, spec: ServiceSpec): Iterable<FieldError> {
  if (old === undefined) yield* validateMeta(object, dnsLabel)
  else {
    yield* validateMetaUpdate(object, old)
    yield* addressesKept(spec, (old as Service).spec ?? {})
  }
  yield* typeFields(spec)
  yield* servicePorts(spec)
  yield* labels("spec.selector", spec.selector)
  yield* sessionAffinity(spec)
  for (const [index, address] of (spec.externalIPs ?? []).entries()) {
    const rule = ipAddress(address).length > 0 ? ipAddress : reachable
    yield* follows(rule, `spec.externalIPs[${index}]`, address)
  }
  const { type = "" } = spec
  if (type === "") yield required("spec.type")
  else if (!types.includes(type)) yield notSupported("spec.type", type, types)
  yield* nodePorts(spec)
  yield* samePorts(spec)
  yield* loadBalancer(spec)
  yield* trafficPolicies(spec)
}

const isHeadless = ({ clusterIPs }: ServiceSpec): boolean => clusterIPs?.length === 1 && clusterIPs[0] === "None"

/** Addresses stay, except to and from services without any. */
function* addressesKept(spec: ServiceSpec, old: ServiceSpec): Iterable<FieldError> {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return
  if (isHeadless(spec) && isHeadless(old)) return
  const { clusterIPs: now = [] } = spec
  const { clusterIPs: before = [] } = old
  if (now.length === 0 && before.length > 0) {
    yield invalidValue("spec.clusterIPs[0]", spec.clusterIPs, "primary clusterIP can not be unset")
  }
  for (const [index, address] of before.entries()) {
    if (now[index] === undefined || now[index] === address) continue
    yield invalidValue(`spec.clusterIPs[${index}]`, now, "may not change once set")
  }
}

function* typeFields(spec: ServiceSpec): Iterable<FieldError> {
  const { type = "", ports = [] } = spec
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") yield required("spec.ports")
  if (type === "LoadBalancer" || type === "NodePort") {
    if (!isHeadless(spec)) return
    yield invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)
  }
  if (type !== "ExternalName") return
  const detail = "may not be set for ExternalName services"
  if ((spec.clusterIPs ?? []).length > 0) yield forbidden("spec.clusterIPs", detail)
  if ((spec.ipFamilies ?? []).length > 0) yield forbidden("spec.ipFamilies", detail)
  if (spec.ipFamilyPolicy !== undefined) yield forbidden("spec.ipFamilyPolicy", detail)
  const name = (spec.externalName ?? "").replace(/\.$/, "")
  if (name === "") yield required("spec.externalName")
  else yield* follows(dnsSubdomain, "spec.externalName", name)
}

function* servicePorts({ ports = [] }: ServiceSpec): Iterable<FieldError> {
  const names = new Set<string>()
  for (const [index, one] of ports.entries()) {
    const path = `spec.ports[${index}]`
    const { name = "", protocol = "" } = one
    if (name === "") {
      if (ports.length > 1) yield required(`${path}.name`)
    } else {
      yield* follows(dnsLabel, `${path}.name`, name)
      if (names.has(name)) yield duplicate(`${path}.name`, name)
      names.add(name)
    }
    yield* port(`${path}.port`, one.port)
    if (protocol === "") yield required(`${path}.protocol`)
    else if (!protocols.includes(protocol)) yield notSupported(`${path}.protocol`, protocol, protocols)
    yield* portOrName(`${path}.targetPort`, one.targetPort)
    if (one.appProtocol !== undefined) yield* follows(qualifiedName, `${path}.appProtocol`, one.appProtocol)
  }
}

function* sessionAffinity({
  sessionAffinity: affinity = "",
  sessionAffinityConfig: config,
}: ServiceSpec): Iterable<FieldError> {
  const supported = ["ClientIP", "None"]
  const path = "spec.sessionAffinityConfig"
  if (affinity === "") yield required("spec.sessionAffinity")
  else if (!supported.includes(affinity)) yield notSupported("spec.sessionAffinity", affinity, supported)
  if (affinity === "None" && config !== undefined) {
    yield forbidden(path, "must not be set when session affinity is None")
  }
  if (affinity !== "ClientIP") return
  const seconds = config?.clientIP?.timeoutSeconds
  if (config === undefined) yield required(path, "when session affinity type is ClientIP")
  else if (config.clientIP === undefined) yield required(`${path}.clientIP`, "when session affinity type is ClientIP")
  else if (seconds === undefined)
    yield required(`${path}.clientIP.timeoutSeconds`, "when session affinity type is ClientIP")
  else if (seconds <= 0 || seconds > ONE_DAY) {
    const detail = `must be greater than 0 and less than ${ONE_DAY}`
    yield invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, detail)
  }
}

function* clusterAddresses(spec: ServiceSpec): Iterable<FieldError> {
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec
  const path = "spec.clusterIPs"
  if (clusterIP === "") {
    if (clusterIPs.length > 0) yield invalidValue(path, clusterIPs, "must be empty when `clusterIP` is not specified")
  } else if (clusterIPs.length === 0) yield required(path)
  else if (clusterIPs[0] !== clusterIP) yield invalidValue(path, clusterIPs, "first value must match `clusterIP`")
  for (const [index, family] of ipFamilies.entries()) {
    const field = `spec.ipFamilies[${index}]`
    if (!families.includes(family)) yield notSupported(field, family, families)
    if (ipFamilies.indexOf(family) < index) yield duplicate(field, family)
  }
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"]
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    yield notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, policies)
  }
  let wrong = false
  for (const [index, address] of clusterIPs.entries()) {
    if (index === 0 && address === "None") {
      if (clusterIPs.length === 1) continue
      wrong = true
      yield invalidValue(path, clusterIPs, "'None' must be the first and only value")
      continue
    }
    wrong ||= ipAddress(address).length > 0
    yield* follows(ipAddress, `${path}[${index}]`, address)
  }
  if (clusterIPs.length > 2) yield invalidValue(path, clusterIPs, "may only hold up to 2 values")
  if (wrong) return
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size < 2) {
    yield invalidValue(path, clusterIPs, "may specify no more than one IP for each IP family")
  }
  if (isHeadless(spec)) return
  for (const [index, address] of clusterIPs.entries()) {
    const family = ipFamilies[index]
    if (family === undefined || family === familyOf(address) || !families.includes(family)) continue
    yield invalidValue(
      `${path}[${index}]`,
      address,
      `expected an ${family} value as indicated by \`ipFamilies[${index}]\``,
    )
  }
}

const familyOf = (address: string): string => (isIPv6(address) ? "IPv6" : "IPv4")

function* nodePorts({ type, ports = [] }: ServiceSpec): Iterable<FieldError> {
  const seen = new Set<string>()
  for (const [index, { nodePort = 0 }] of ports.entries()) {
    if (type !== "ClusterIP" || nodePort === 0) continue
    yield forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")
  }
  for (const [index, { nodePort = 0, protocol = "" }] of ports.entries()) {
    if (nodePort === 0) continue
    const key = `${protocol}/${nodePort}`
    if (seen.has(key)) yield duplicate(`spec.ports[${index}].nodePort`, nodePort)
    seen.add(key)
  }
}

function* samePorts({ ports = [] }: ServiceSpec): Iterable<FieldError> {
  const seen = new Set<string>()
  for (const [index, one] of ports.entries()) {
    const key = `${one.protocol ?? ""}/${one.port}`
    if (seen.has(key)) yield duplicate(`spec.ports[${index}]`, portKey(one))
    seen.add(key)
  }
}

/** The message shows the key in which such ports are found. */
const portKey = ({ protocol = "", port: number }: ServicePort): object => ({
  Name: "",
  Protocol: protocol,
  AppProtocol: null,
  Port: number,
  TargetPort: 0,
  NodePort: 0,
})

function* loadBalancer(spec: ServiceSpec): Iterable<FieldError> {
  const { type, loadBalancerSourceRanges: ranges = [] } = spec
  const detail = "may only be used when `type` is 'LoadBalancer'"
  const path = "spec.LoadBalancerSourceRanges"
  if (ranges.length > 0 && type !== "LoadBalancer") yield forbidden(path, detail)
  for (const [index, range] of ranges.entries()) yield* follows(cidr, `${path}[${index}]`, range.trim())
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== "LoadBalancer") {
    yield forbidden("spec.allocateLoadBalancerNodePorts", detail)
  }
  if (spec.loadBalancerClass === undefined) return
  if (type !== "LoadBalancer") yield forbidden("spec.loadBalancerClass", detail)
  else yield* follows(qualifiedName, "spec.loadBalancerClass", spec.loadBalancerClass)
}

function* trafficPolicies(spec: ServiceSpec): Iterable<FieldError> {
  const { type, externalTrafficPolicy: external = "", internalTrafficPolicy: internal, healthCheckNodePort = 0 } = spec
  const supported = ["Cluster", "Local"]
  const reached = type === "LoadBalancer" || type === "NodePort" || (spec.externalIPs ?? []).length > 0
  const path = "spec.externalTrafficPolicy"
  if (!reached) {
    if (external !== "") yield invalidValue(path, external, "may only be set for externally-accessible services")
  } else if (external === "") yield required(path)
  else if (!supported.includes(external)) yield notSupported(path, external, supported)
  if (healthCheckNodePort !== 0) {
    if (type === "LoadBalancer" && external === "Local") yield* port("spec.healthCheckNodePort", healthCheckNodePort)
    else {
      const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
      yield invalidValue("spec.healthCheckNodePort", healthCheckNodePort, detail)
    }
  }
  if (!isEmpty(internal) && !supported.includes(internal)) {
    yield notSupported("spec.internalTrafficPolicy", internal, supported)
  }
}
