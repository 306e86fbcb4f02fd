import type { DestinationRule, Gateway, GatewayServer } from "../control/istio.ts"
import { checkDuration, checkHost, checkPort, checkSubsetName, isLabel, items, texts, type Findings } from "./rules.ts"

export function checkDestinationRule({ spec = {} }: DestinationRule): Findings {
  const findings = checkHost(typeof spec.host === "string" ? spec.host : "")
  const seen = new Set<string>()
  for (const { name, trafficPolicy } of items(spec.subsets)) {
    if (name !== undefined && seen.has(name)) findings.push(`duplicate subset names: ${name}`)
    seen.add(name ?? "")
    findings.push(...checkSubsetName(name), ...checkDuration(trafficPolicy?.connectionPool?.tcp?.connectTimeout))
  }
  return [...findings, ...checkDuration(spec.trafficPolicy?.connectionPool?.tcp?.connectTimeout)]
}

const protocols = new Set("HTTP HTTP2 HTTPS GRPC GRPC-WEB HTTP_PROXY TCP UDP TLS MONGO REDIS MYSQL".split(" "))

export function checkGateway({ metadata, spec = {} }: Gateway): Findings {
  const findings: Findings = []
  const name = metadata.name ?? ""
  if (name !== "" && !isLabel(name)) findings.push(`invalid gateway name: ${JSON.stringify(name)}`)
  const servers = items(spec.servers)
  if (servers.length === 0) findings.push("gateway must have at least one server")
  const names = new Set<string>()
  for (const server of servers) {
    findings.push(...checkServer(server))
    const port = server.port?.name
    if (port !== undefined && names.has(port)) {
      findings.push(`port names in servers must be unique: duplicate name ${port}`)
    }
    if (port !== undefined) names.add(port)
  }
  return findings
}

function checkServer({ hosts, port, tls }: GatewayServer): Findings {
  const findings: Findings = []
  if (texts(hosts).length === 0) findings.push("server config must contain at least one host")
  for (const stated of texts(hosts)) {
    const slash = stated.indexOf("/")
    const scope = stated.slice(0, Math.max(0, slash))
    const host = stated.slice(slash + 1)
    if (slash === 0 || host === "") findings.push("config namespace and dnsName in host entry cannot be empty")
    else if (slash > 0 && scope !== "*" && scope !== "." && !isLabel(scope)) {
      findings.push(`invalid namespace value ${JSON.stringify(scope)} in gateway`)
    }
    findings.push(...(host === "" ? [] : checkHost(host)))
  }
  if (!port) return [...findings, "port is required"]
  const protocol = (port.protocol ?? "").toUpperCase()
  if (!protocols.has(protocol)) findings.push(`invalid protocol ${JSON.stringify(port.protocol ?? "")}`)
  if (!port.name) findings.push("port name must be set")
  if ((protocol === "HTTPS" || protocol === "TLS") && !tls) {
    findings.push("server must have TLS settings for HTTPS/TLS protocols")
  }
  return [...findings, ...checkPort(port.number ?? 0)]
}
