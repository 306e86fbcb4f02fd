import type { Service } from "../../kube/types.gen.ts"

/** Services of this namespace are told to every pod, whatever its `enableServiceLinks`. */
const masterNamespace = "default"
const masterServices = new Set(["kubernetes"])

/**
 * The variables that tell a pod of the Services of its namespace, as Docker's links did: `PODINFO_SERVICE_HOST`,
 * `PODINFO_SERVICE_PORT`, `PODINFO_PORT`, …; and of the API itself.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): Map<string, string> {
  const variables = new Map<string, string>()
  for (const service of services) {
    const { name = "", namespace: home } = service.metadata
    const isMaster = home === masterNamespace && masterServices.has(name)
    if (!isMaster && !(enableServiceLinks && home === namespace)) continue
    const { clusterIP = "", ports = [] } = service.spec ?? {}
    if (clusterIP === "" || clusterIP === "None") continue
    const prefix = envName(name)
    const [first] = ports
    if (first === undefined) continue
    variables.set(`${prefix}_SERVICE_HOST`, clusterIP)
    variables.set(`${prefix}_SERVICE_PORT`, String(first.port))
    for (const port of ports) {
      if (port.name !== undefined) variables.set(`${prefix}_SERVICE_PORT_${envName(port.name)}`, String(port.port))
    }
    for (const [index, { port, protocol = "TCP" }] of ports.entries()) {
      const url = `${protocol.toLowerCase()}://${clusterIP}:${port}`
      if (index === 0) variables.set(`${prefix}_PORT`, url)
      const each = `${prefix}_PORT_${port}_${protocol}`
      variables.set(each, url)
      variables.set(`${each}_PROTO`, protocol.toLowerCase())
      variables.set(`${each}_PORT`, String(port))
      variables.set(`${each}_ADDR`, clusterIP)
    }
  }
  return variables
}

const envName = (name: string): string => name.replaceAll("-", "_").toUpperCase()
