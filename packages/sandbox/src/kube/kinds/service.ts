import type { KubeObject } from "../client.ts"
import { copyJson, equalJson, listAt, recordAt, stringAt, withValue } from "../json.ts"
import { textAt } from "../selectors/index.ts"
import { checkAddress, checkPort, freeAddress, freePort } from "./service-addresses.ts"
import { type KindRules, PLAIN, type RuleContext } from "./rules.ts"

export const SERVICE: KindRules = {
  ...PLAIN,
  hasStatus: true,
  createOnUpdate: true,
  returnsDeleted: true,
  initialStatus: () => ({ loadBalancer: {} }),
  selectable: {
    fields: { "spec.clusterIP": textAt("spec.clusterIP"), "spec.type": textAt("spec.type") },
    unknown: (field) => `field label not supported: ${field}`,
  },
  prepareCreate: (service) => withAddressesInStep(service),
  prepareUpdate: (service, old) =>
    withKeptNodePorts(withoutOldAddress(withAddressesInStep(withKeptAddress(service, old), old), old), old),
  allocate: (service, old, context) => {
    if (old === undefined) checkAddress(service, context)
    return withNodePorts(withAddress(service, context), context)
  },
}

const typeOf = (service: KubeObject): string => stringAt(service, "spec", "type") ?? "ClusterIP"

/** An address out of the service range, if the type has one and none is asked for. */
function withAddress(service: KubeObject, context: RuleContext): KubeObject {
  if (typeOf(service) === "ExternalName") {
    const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _f, ipFamilyPolicy: _p, ...spec } = recordAt(service, "spec")
    return withValue(service, ["spec"], spec)
  }
  const asked = stringAt(service, "spec", "clusterIP")
  const address = asked === undefined || asked === "" ? freeAddress(service, context) : asked
  const headless = address === "None"
  const spec = recordAt(service, "spec")
  return withValue(service, ["spec"], {
    ...spec,
    clusterIP: address,
    clusterIPs: listAt(spec, "clusterIPs").length > 0 ? spec["clusterIPs"] : [address],
    ipFamilies: listAt(spec, "ipFamilies").length > 0 ? spec["ipFamilies"] : ["IPv4"],
    ipFamilyPolicy:
      spec["ipFamilyPolicy"] ?? (headless && spec["selector"] === undefined ? "RequireDualStack" : "SingleStack"),
  })
}

/** An update that leaves the address out keeps the one that was given. */
function withKeptAddress(service: KubeObject, old: KubeObject): KubeObject {
  const before = recordAt(old, "spec")
  const after = recordAt(service, "spec")
  if (typeOf(service) === "ExternalName" || typeOf(old) === "ExternalName") return service
  const spec = { ...after }
  if ((after["clusterIP"] ?? "") === "") spec["clusterIP"] = before["clusterIP"]
  if (listAt(after, "clusterIPs").length === 0) spec["clusterIPs"] = before["clusterIPs"]
  return withValue(service, ["spec"], copyJson(spec))
}

/** Clients that know one address only set or change that one: the list follows. */
function withAddressesInStep(service: KubeObject, old?: KubeObject): KubeObject {
  const { clusterIP = "", clusterIPs } = recordAt(service, "spec")
  const { clusterIP: before = "", clusterIPs: listBefore } = old === undefined ? {} : recordAt(old, "spec")
  if (clusterIP === "" || (clusterIP === before && clusterIPs !== undefined)) return service
  const untouched = old === undefined ? clusterIPs === undefined : equalJson(clusterIPs, listBefore)
  return untouched ? withValue(service, ["spec", "clusterIPs"], [clusterIP]) : service
}

/** A service that turns into a mere name loses its addresses, unless they were changed too. */
function withoutOldAddress(service: KubeObject, old: KubeObject): KubeObject {
  if (typeOf(service) !== "ExternalName" || typeOf(old) === "ExternalName") return service
  const spec = { ...recordAt(service, "spec") }
  const before = recordAt(old, "spec")
  const fields = [["clusterIP", "clusterIPs"], ["ipFamilies"], ["ipFamilyPolicy"]]
  for (const group of fields) {
    if (!group.every((field) => equalJson(spec[field], before[field]))) continue
    for (const field of group) delete spec[field]
  }
  return withValue(service, ["spec"], spec)
}

const hasNodePorts = (service: KubeObject): boolean => {
  const type = typeOf(service)
  if (type === "NodePort") return true
  return type === "LoadBalancer" && recordAt(service, "spec")["allocateLoadBalancerNodePorts"] !== false
}

function withNodePorts(service: KubeObject, context: RuleContext): KubeObject {
  if (!hasNodePorts(service)) return service
  const taken = new Set<number>()
  const ports = listAt(service, "spec", "ports").map((port, index) => {
    const record = port as Readonly<Record<string, unknown>>
    if (typeof record["nodePort"] === "number" && record["nodePort"] !== 0) {
      checkPort(service, record["nodePort"], index, context)
      return record
    }
    return { ...record, nodePort: freePort(context, taken) }
  })
  return withValue(service, ["spec", "ports"], ports)
}

/** Ports that keep their name, protocol and number keep their node port. */
function withKeptNodePorts(service: KubeObject, old: KubeObject): KubeObject {
  const ports = listAt(service, "spec", "ports")
  if (!hasNodePorts(service)) {
    if (!hasNodePorts(old)) return service
    return withValue(
      service,
      ["spec", "ports"],
      ports.map((port) => {
        const { nodePort: _, ...rest } = port as Readonly<Record<string, unknown>>
        return rest
      }),
    )
  }
  const known = new Map(
    listAt(old, "spec", "ports").map((port) => [portKey(port), (port as Record<string, unknown>)["nodePort"]]),
  )
  return withValue(
    service,
    ["spec", "ports"],
    ports.map((port) => {
      const record = port as Readonly<Record<string, unknown>>
      const nodePort = record["nodePort"] ?? known.get(portKey(port))
      return nodePort === undefined ? record : { ...record, nodePort }
    }),
  )
}

const portKey = (port: unknown): string => {
  const { protocol, port: number } = port as Readonly<Record<string, unknown>>
  return JSON.stringify([protocol ?? "TCP", number])
}
