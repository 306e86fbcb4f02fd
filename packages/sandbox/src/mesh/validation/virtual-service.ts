import type { Destination, HttpMatch, HttpRoute, IstioStringMatch, VirtualService } from "../control/istio.ts"
import { covers } from "../names.ts"
import { checkCors, checkFault, checkHeaders, checkRedirect, checkRetries, checkRewrite } from "./http-route.ts"
import {
  checkDuration,
  checkHost,
  checkLabelKeys,
  checkPort,
  checkRegex,
  checkStatus,
  checkSubsetName,
  isLabel,
  items,
  texts,
  type Findings,
} from "./rules.ts"

/** What istiod's webhook refuses in a VirtualService; empty: accepted. */
export function checkVirtualService({ spec = {} }: VirtualService): Findings {
  const hosts = texts(spec.hosts)
  const gateways = texts(spec.gateways)
  const http = items(spec.http)
  const tcp = items(spec.tcp)
  const findings: Findings = gateways.flatMap(checkGatewayName)
  // Without hosts it is a delegate of another one.
  if (hosts.length === 0 && gateways.length > 0) {
    findings.push("delegate virtual service must have no gateways specified")
  }
  const forMesh = gateways.length === 0 || gateways.includes("mesh")
  for (const host of hosts) {
    const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(host)
    const wrong = isAddress ? [] : checkHost(host)
    findings.push(...wrong)
    if (wrong.length === 0 && forMesh && host === "*") {
      findings.push("wildcard host * is not allowed for virtual services bound to the mesh gateway")
    }
  }
  findings.push(...duplicateHosts(hosts))
  if (http.length === 0 && tcp.length === 0 && items(spec.tls as readonly object[] | undefined).length === 0) {
    findings.push("http, tcp or tls must be provided in virtual service")
  }
  for (const route of http) findings.push(...checkDelegation(route, hosts.length === 0), ...checkHttpRoute(route))
  for (const { route } of tcp) {
    if (items(route).length === 0) findings.push("TCP route is required")
    findings.push(...checkDestinations(route))
  }
  return findings
}

/** A route of a delegate delegates no further; one that delegates does nothing else. */
function checkDelegation({ delegate, route, name = "" }: HttpRoute, isDelegate: boolean): Findings {
  if (!delegate) return []
  if (isDelegate)
    return ["delegate HTTP route cannot contain delegate", "HTTP route, redirect or direct_response is required"]
  return items(route).length > 0 ? [`root HTTP route ${name} must not specify route`] : []
}

function duplicateHosts(hosts: readonly string[]): Findings {
  return hosts.flatMap((host, i) =>
    hosts
      .slice(i + 1)
      .filter((other) => covers(host, other) || covers(other, host))
      .map((other) => `duplicate hosts in virtual service: ${host} & ${other}`),
  )
}

function checkGatewayName(name: string): Findings {
  const [namespace = "", short] = name.split("/", 2)
  if (short === undefined) return checkHost(name)
  const findings: Findings = []
  if (namespace === "" || short === "") findings.push("config namespace and gateway name cannot be empty")
  if (!isLabel(namespace)) findings.push(`invalid value for namespace: ${JSON.stringify(namespace)}`)
  if (!isLabel(short)) findings.push(`invalid value for gateway name: ${JSON.stringify(short)}`)
  return findings
}

function checkHttpRoute(route: HttpRoute): Findings {
  const { redirect, directResponse, mirrorPercentage, mirror } = route
  const mirrors = items(route.mirrors)
  return [
    ...checkKinds(route),
    ...items(route.match).flatMap(checkMatch),
    ...checkHeaders(route.headers),
    ...checkFault(route.fault),
    ...checkMirrorPercentage(mirrorPercentage, "mirror_percentage"),
    ...checkDestination(mirror),
    ...mirrors.flatMap(({ destination, percentage }) => [
      ...checkDestination(destination),
      ...checkMirrorPercentage(percentage, "mirror percentage"),
    ]),
    ...checkCors(route.corsPolicy),
    ...checkRedirect(redirect),
    // Envoy refuses 600 and above, istiod does not.
    ...(directResponse ? checkStatus(Math.min(directResponse.status ?? 0, 599)) : []),
    ...checkRetries(route.retries),
    ...checkRewrite(route.rewrite),
    ...checkDestinations(route.route),
    ...checkDuration(route.timeout),
  ]
}

function checkMirrorPercentage(percentage: { readonly value?: number } | undefined, what: string): Findings {
  const value = percentage?.value
  if (typeof value !== "number") return []
  const has = `(it has ${value.toFixed(6)})`
  if (value > 100) return [`${what} must have a max value of 100 ${has}`]
  return value < 0 ? [`${what} must have a min value of 0 ${has}`] : []
}

/** A route does one thing. */
function checkKinds(route: HttpRoute): Findings {
  const destinations = items(route.route)
  const findings: Findings = []
  const exclude = (kind: string, present: Readonly<Record<string, unknown>>): void => {
    for (const [other, value] of Object.entries(present)) {
      const what = other === "rewrite" || other === "direct_response" ? "HTTP route rule" : "HTTP route"
      if (value) findings.push(`${what} cannot contain both ${other} and ${kind}`)
    }
  }
  const { fault, rewrite, redirect, directResponse, delegate } = route
  if (redirect) exclude("redirect", { route: destinations.length > 0, fault, rewrite, direct_response: directResponse })
  else if (directResponse) exclude("direct_response", { route: destinations.length > 0, fault, rewrite })
  else if (destinations.length === 0 && !delegate) {
    findings.push("HTTP route, redirect or direct_response is required")
  }
  if (route.mirror && items(route.mirrors).length > 0) {
    findings.push("HTTP route cannot contain both mirror and mirrors")
  }
  return findings
}

function checkMatch(match: HttpMatch): Findings {
  const findings: Findings = []
  const check = (value: IstioStringMatch | undefined, where: string): void => {
    if (value?.prefix === "" && where !== "uri") {
      findings.push(`${JSON.stringify(where)}: prefix string match should not be empty`)
    }
    if (typeof value?.regex === "string") findings.push(...checkRegex(value.regex, where))
  }
  for (const where of ["uri", "scheme", "method", "authority"] as const) check(match[where], where)
  for (const where of ["headers", "withoutHeaders", "queryParams"] as const) {
    for (const [name, value] of Object.entries(match[where] ?? {})) {
      if (name === "") findings.push("header name cannot be empty")
      check(value, where)
    }
  }
  if (match.port !== undefined && match.port !== 0) findings.push(...checkPort(match.port))
  return [...findings, ...checkLabelKeys(match.sourceLabels), ...texts(match.gateways).flatMap(checkGatewayName)]
}

function checkDestinations(
  route: readonly { destination?: Destination; weight?: number; headers?: HttpRoute["headers"] }[] | undefined,
): Findings {
  const findings: Findings = []
  const destinations = items(route)
  let total = 0
  for (const { destination, weight = 0, headers } of destinations) {
    if (!destination) findings.push("destination is required")
    findings.push(...checkHeaders(headers), ...checkDestination(destination))
    if (typeof weight !== "number") continue
    if (weight < 0) findings.push(`weight ${weight} < 0`)
    total += weight
  }
  if (destinations.length > 1 && total === 0) findings.push("total destination weight = 0")
  return findings
}

function checkDestination(destination: Destination | undefined): Findings {
  if (!destination || typeof destination.host !== "string") return []
  const { host, subset, port } = destination
  return [
    ...(host === "*" ? [`invalid destination host ${host}`] : checkHost(host)),
    ...(subset ? checkSubsetName(subset) : []),
    ...(port ? checkPort(port.number ?? 0) : []),
  ]
}
