import type { DestinationRule, Gateway, GatewayServer } from "../control/istio.ts"
import { checkTrafficPolicy } from "./traffic-policy.ts"
import { checkHost, checkLabelKeys, checkPort, checkSubsetName, isLabel, items, texts, type Findings } from "./rules.ts"

export function checkDestinationRule({ spec = {} }: DestinationRule): Findings {
  const findings = checkHost(typeof spec.host === "string" ? spec.host : "")
  const seen = new Set<string>()
  for (const { name, labels, trafficPolicy } of items(spec.subsets)) {
    if (name !== undefined && seen.has(name)) findings.push(`duplicate subset names: ${name}`)
    seen.add(name ?? "")
    findings.push(...checkSubsetName(name), ...checkLabelKeys(labels), ...checkTrafficPolicy(trafficPolicy))
  }
  return [...findings, ...checkTrafficPolicy(spec.trafficPolicy)]
}

const protocols = new Set("HTTP HTTP2 HTTPS GRPC GRPC-WEB HTTP_PROXY TCP UDP TLS MONGO REDIS MYSQL".split(" "))
const plainProtocols = new Set("HTTP HTTP2 GRPC GRPC-WEB".split(" "))

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
    if (slash >= 0 && scope !== "*" && scope !== "." && !isLabel(scope)) {
      findings.push(`invalid namespace value ${JSON.stringify(scope)} in gateway`)
    }
    if (host === "") continue
    if (host !== "*" && !host.includes(".")) findings.push("short names (non FQDN) are not allowed")
    findings.push(...checkHost(host))
  }
  if (!port) return [...findings, "port is required"]
  const protocol = (port.protocol ?? "").toUpperCase()
  if (!protocols.has(protocol)) {
    const supported = "HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP"
    findings.push(`invalid protocol ${JSON.stringify(port.protocol ?? "")}, supported protocols are ${supported}`)
  }
  if (!port.name) findings.push("port name must be set")
  if ((protocol === "HTTPS" || protocol === "TLS") && !tls) {
    findings.push("server must have TLS settings for HTTPS/TLS protocols")
  }
  if (plainProtocols.has(protocol) && tls && !tls.httpsRedirect) {
    findings.push("server cannot have TLS settings for plain text HTTP ports")
  } else findings.push(...checkServerTls(tls))
  return [...findings, ...checkPort(port.number ?? 0)]
}

function checkServerTls(tls: GatewayServer["tls"]): Findings {
  const { mode = "PASSTHROUGH", credentialName, serverCertificate, privateKey } = tls ?? {}
  if ((mode !== "SIMPLE" && mode !== "MUTUAL") || credentialName) return []
  return [
    ...(serverCertificate ? [] : [`${mode} TLS requires a server certificate`]),
    ...(privateKey ? [] : [`${mode} TLS requires a private key`]),
  ]
}
