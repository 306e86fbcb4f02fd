import type { KubeObject } from "../client.ts"
import type {
  Ingress,
  IngressBackend,
  HTTPIngressPath,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../types.gen.ts"
import { cidr, ipAddress } from "./addresses.ts"
import { follows, isEmpty, port, requiredName } from "./checks.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsLabel, dnsSubdomain, portName, wildcardSubdomain } from "./names.ts"
import { labelSelector } from "./selectors.ts"

export function* validateIngress(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = (object as Ingress).spec ?? {}
  if (old !== undefined) yield* validateMetaUpdate(object, old)
  yield* validateMeta(object, dnsSubdomain)
  if (rules.length === 0 && defaultBackend === undefined) {
    yield invalidValue("spec", undefined, "either `defaultBackend` or `rules` must be specified")
  }
  if (defaultBackend !== undefined) yield* backend("spec.defaultBackend", defaultBackend)
  for (const [index, { host = "", http }] of rules.entries()) {
    const path = `spec.rules[${index}]`
    if (host !== "" && ipAddress(host).length === 0) {
      yield invalidValue(`${path}.host`, host, "must be a DNS name, not an IP address")
    }
    if (host !== "") yield* hostname(`${path}.host`, host)
    if (http === undefined) continue
    if ((http.paths ?? []).length === 0) yield required(`${path}.http.paths`)
    for (const [at, one] of (http.paths ?? []).entries()) yield* httpPath(`${path}.http.paths[${at}]`, one)
  }
  for (const [index, { hosts = [], secretName }] of tls.entries()) {
    for (const [at, host] of hosts.entries()) yield* hostname(`spec.tls[${index}].hosts[${at}]`, host)
    if (!isEmpty(secretName)) yield* follows(dnsSubdomain, `spec.tls[${index}].secretName`, secretName)
  }
  if (ingressClassName !== undefined) yield* follows(dnsSubdomain, "spec.ingressClassName", ingressClassName)
}

function* hostname(field: string, host: string): Iterable<FieldError> {
  yield* follows(host.includes("*") ? wildcardSubdomain : dnsSubdomain, field, host)
}

function* httpPath(field: string, { path = "", pathType, backend: target }: HTTPIngressPath): Iterable<FieldError> {
  const supported = ["Exact", "ImplementationSpecific", "Prefix"]
  if (isEmpty(pathType)) {
    yield required(`${field}.pathType`, "pathType must be specified")
    return
  }
  if (!supported.includes(pathType)) yield notSupported(`${field}.pathType`, pathType, supported)
  else {
    const exact = pathType !== "ImplementationSpecific"
    if (!path.startsWith("/") && (exact || path !== "")) {
      yield invalidValue(`${field}.path`, path, "must be an absolute path")
    }
    if (exact) yield* plainPath(`${field}.path`, path)
  }
  yield* backend(`${field}.backend`, target)
}

function* plainPath(field: string, path: string): Iterable<FieldError> {
  for (const part of ["//", "/./", "/../", "%2f", "%2F"]) {
    if (path.includes(part)) yield invalidValue(field, path, `must not contain '${part}'`)
  }
  for (const end of ["/..", "/."]) {
    if (path.endsWith(end)) yield invalidValue(field, path, `cannot end with '${end}'`)
  }
}

function* backend(field: string, { service, resource }: IngressBackend): Iterable<FieldError> {
  if (service !== undefined && resource !== undefined) {
    yield invalidValue(field, "", "cannot set both resource and service backends")
  } else if (resource !== undefined) {
    if (resource.kind === "") yield required(`${field}.resource.kind`)
    if (resource.name === "") yield required(`${field}.resource.name`)
  } else if (service === undefined) yield invalidValue(field, "", "resource or service backend is required")
  else {
    yield* requiredName(dnsLabel, `${field}.service.name`, service.name)
    const { name = "", number = 0 } = service.port ?? {}
    if (name !== "" && number !== 0) yield invalidValue(field, "", "cannot set both port name & port number")
    else if (name !== "") yield* follows(portName, `${field}.service.port.name`, name)
    else if (number !== 0) yield* port(`${field}.service.port.number`, number)
    else yield required(field, "port name or number is required")
  }
}

export function* validateNetworkPolicy(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = (object as NetworkPolicy).spec ?? {}
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
  yield* labelSelector("spec.podSelector", podSelector)
  const rules = [
    ...ingress.map(({ ports, from }, index) => ({ ports, peers: from, path: `spec.ingress[${index}]`, list: "from" })),
    ...egress.map(({ ports, to }, index) => ({ ports, peers: to, path: `spec.egress[${index}]`, list: "to" })),
  ]
  for (const { ports = [], peers = [], path, list } of rules) {
    for (const [at, one] of ports.entries()) yield* policyPort(`${path}.ports[${at}]`, one)
    for (const [at, one] of peers.entries()) yield* policyPeer(`${path}.${list}[${at}]`, one)
  }
  const supported = ["Ingress", "Egress"]
  for (const [index, type] of policyTypes.entries()) {
    if (!supported.includes(type)) yield notSupported(`spec.policyTypes[${index}]`, type, supported)
  }
}

function* policyPort(path: string, { port: number, protocol, endPort }: NetworkPolicyPort): Iterable<FieldError> {
  const supported = ["TCP", "UDP", "SCTP"]
  if (protocol !== undefined && !supported.includes(protocol)) {
    yield notSupported(`${path}.protocol`, protocol, supported)
  }
  if (typeof number === "number") {
    yield* port(`${path}.port`, number)
    if (endPort === undefined) return
    if (endPort < number) yield invalidValue(`${path}.endPort`, number, "must be greater than or equal to `port`")
    yield* port(`${path}.endPort`, endPort)
    return
  }
  if (endPort !== undefined) {
    const when = number === undefined ? "not specified" : "non-numeric"
    yield invalidValue(`${path}.endPort`, endPort, `may not be specified when \`port\` is ${when}`)
  }
  if (number !== undefined) yield* follows(portName, `${path}.port`, number)
}

function* policyPeer(
  path: string,
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
): Iterable<FieldError> {
  yield* labelSelector(`${path}.podSelector`, podSelector)
  yield* labelSelector(`${path}.namespaceSelector`, namespaceSelector)
  if (ipBlock !== undefined) yield* block(`${path}.ipBlock`, ipBlock)
  const selected = podSelector !== undefined || namespaceSelector !== undefined
  if (!selected && ipBlock === undefined) yield required(path, "must specify a peer")
  if (selected && ipBlock !== undefined) yield forbidden(path, "may not specify both ipBlock and another peer")
}

function* block(path: string, { cidr: range, except = [] }: IPBlock): Iterable<FieldError> {
  yield* requiredName(cidr, `${path}.cidr`, range)
  if (cidr(range).length > 0) return
  for (const [index, one] of except.entries()) yield* follows(cidr, `${path}.except[${index}]`, one)
}
