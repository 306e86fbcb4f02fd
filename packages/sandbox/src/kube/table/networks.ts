import { isRecord, listAt, stringAt, valueAt } from "../json.ts"
import { age, count, labels, list, name, selectorOrNone, someOf, text, type CellMaker } from "./cells.ts"

const service: CellMaker = (object, now) => [
  name(object),
  text(object, "spec.type"),
  list(object, "spec.clusterIPs").map(String)[0] ?? "<none>",
  externalAddress(object),
  list(object, "spec.ports").map(servicePort).join(",") || "<none>",
  age(object, now),
  labels(valueAt(object, "spec", "selector")),
]

function externalAddress(object: object): string {
  const external = list(object, "spec.externalIPs").map(String)
  switch (text(object, "spec.type")) {
    case "ClusterIP":
    case "NodePort":
      return external.join(",") || "<none>"
    case "LoadBalancer":
      return [...balancerAddresses(object), ...external].join(",") || "<pending>"
    case "ExternalName":
      return text(object, "spec.externalName")
    default:
      return "<unknown>"
  }
}

function balancerAddresses(object: object): string[] {
  const addresses = list(object, "status.loadBalancer.ingress").map((one) => text(one, "ip") || text(one, "hostname"))
  return [...new Set(addresses.filter((one) => one !== ""))].sort()
}

function servicePort(port: unknown): string {
  const node = count(port, "nodePort")
  return `${count(port, "port")}${node > 0 ? `:${node}` : ""}/${text(port, "protocol")}`
}

const endpoints: CellMaker = (object, now) => {
  const addresses = list(object, "subsets").flatMap((subset) => {
    const ips = listAt(subset, "addresses").map((one) => text(one, "ip"))
    const ports = listAt(subset, "ports")
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => hostPort(ip, count(port, "port"))))
  })
  const shown = list(object, "subsets").length === 0 ? "<none>" : someOf(addresses, 3, ",")
  return [name(object), shown, age(object, now)]
}

const hostPort = (ip: string, port: number): string => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)

const endpointSlice: CellMaker = (object, now) => {
  const ports = list(object, "ports").map((port) => text(port, "port") || text(port, "name", "*"))
  const addresses = list(object, "endpoints").flatMap((one) => listAt(one, "addresses").map(String))
  return [
    name(object),
    text(object, "addressType"),
    someOf(ports, 3, ",") || "<unset>",
    someOf(addresses, 3, ",") || "<unset>",
    age(object, now),
  ]
}

const ingress: CellMaker = (object, now) => {
  const rules = list(object, "spec.rules")
  const hosts = rules.map((rule) => text(rule, "host")).filter((host) => host !== "")
  const shown = hosts.slice(0, 3).join(",") || "*"
  // Rules count as hosts, whether they have one or not.
  const more = hosts.length >= 3 && rules.length > 3 ? ` + ${rules.length - 3} more...` : ""
  return [
    name(object),
    text(object, "spec.ingressClassName", "<none>"),
    shown + more,
    balancerAddresses(object).join(","),
    list(object, "spec.tls").length > 0 ? "80, 443" : "80",
    age(object, now),
  ]
}

const ingressClass: CellMaker = (object, now) => {
  const parameters = valueAt(object, "spec", "parameters")
  const group = stringAt(parameters, "apiGroup")
  const shown = `${text(parameters, "kind")}${group === undefined ? "" : `.${group}`}/${text(parameters, "name")}`
  const isDefault = object.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true"
  return [
    name(object) + (isDefault ? " (default)" : ""),
    text(object, "spec.controller"),
    isRecord(parameters) ? shown : "<none>",
    age(object, now),
  ]
}

const networkPolicy: CellMaker = (object, now) => [
  name(object),
  selectorOrNone(valueAt(object, "spec", "podSelector")),
  age(object, now),
]

const ipAddress: CellMaker = (object, now) => {
  const parent = valueAt(object, "spec", "parentRef")
  const group = text(parent, "group")
  const resource = `${text(parent, "resource")}${group === "" ? "" : `.${group}`}`.toLowerCase()
  const parts = [resource, text(parent, "namespace"), text(parent, "name")].filter((part) => part !== "")
  return [name(object), isRecord(parent) ? parts.join("/") : "<none>", age(object, now)]
}

export const networkCells: Readonly<Record<string, CellMaker>> = {
  "/services": service,
  "/endpoints": endpoints,
  "discovery.k8s.io/endpointslices": endpointSlice,
  "networking.k8s.io/ingresses": ingress,
  "networking.k8s.io/ingressclasses": ingressClass,
  "networking.k8s.io/networkpolicies": networkPolicy,
  "networking.k8s.io/ipaddresses": ipAddress,
  "networking.k8s.io/servicecidrs": (object, now) => [
    name(object),
    list(object, "spec.cidrs").map(String).join(","),
    age(object, now),
  ],
}
