import { fullHost } from "../names.ts"
import { defaultRetries } from "../plane/retry.ts"
import {
  clusterName,
  type CorsPolicy,
  type Fault,
  type Forward,
  type HeaderChanges,
  type HeaderOperations,
  type Redirect,
  type RetryPolicy,
  type Route,
  type RouteAction,
  type RouteMatch,
  type WeightedCluster,
} from "../snapshot.ts"
import { durationMs } from "../../duration.ts"
import type {
  Destination,
  HeaderOperation,
  HttpCors,
  HttpFault,
  HttpRedirect,
  HttpRetry,
  HttpRoute,
  IstioHeaders,
  RouteDestination,
  VirtualService,
} from "./istio.ts"
import { appliesTo, translateMatch, translateString, type Listener } from "./match.ts"
import type { Problems } from "./problems.ts"
import type { ServiceEntry } from "./services.ts"

/** What routes refer to. */
export interface Registry {
  readonly services: ReadonlyMap<string, ServiceEntry>
  readonly clusters: ReadonlySet<string>
  readonly problems: Problems
}

/** The HTTP routes of a VirtualService for one listener, in their order; empty when none applies there. */
export function httpRoutes(vs: VirtualService, listener: Listener, registry: Registry): Route[] {
  const namespace = vs.metadata.namespace ?? "default"
  return (vs.spec?.http ?? []).flatMap((rule, i) => {
    const matches: RouteMatch[] = []
    for (const match of rule.match ?? []) {
      if (!appliesTo(match, listener, namespace)) continue
      try {
        matches.push(translateMatch(match))
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        registry.problems.invalid(vs, `spec.http[${i}].match: ${error.message}`)
      }
    }
    // A rule whose every match is for other listeners does not exist on this one.
    if (matches.length === 0 && (rule.match?.length ?? 0) > 0) return []
    const action = translateAction(vs, rule, listener, registry)
    if (!action) return []
    const headers = translateHeaders(rule.headers)
    const fault = translateFault(rule.fault)
    const name = rule.name ? { name: rule.name } : {}
    const cors = rule.corsPolicy && { cors: translateCors(rule.corsPolicy) }
    return [{ ...name, matches, action, ...headers, ...(fault ? { fault } : {}), ...cors }]
  })
}

function translateAction(
  vs: VirtualService,
  rule: HttpRoute,
  listener: Listener,
  registry: Registry,
): RouteAction | undefined {
  if (rule.redirect) return { kind: "redirect", ...translateRedirect(rule.redirect, listener) }
  if (rule.directResponse) {
    const { status = 200, body } = rule.directResponse
    const text = body?.bytes === undefined ? (body?.string ?? "") : Buffer.from(body.bytes, "base64").toString()
    return { kind: "direct", status, body: text }
  }
  if (!rule.route || rule.route.length === 0) return undefined
  return { kind: "forward", ...translateForward(vs, rule, listener, registry) }
}

function translateForward(vs: VirtualService, rule: HttpRoute, listener: Listener, registry: Registry): Forward {
  const cluster = (destination: Destination): string => destinationCluster(vs, destination, listener.port, registry)
  const timeoutMs = durationMs(rule.timeout ?? "")
  const retries = translateRetries(rule.retries)
  const { uri, authority, uriRegexRewrite } = rule.rewrite ?? {}
  const rewrite = {
    ...(uri ? { uri } : {}),
    ...(authority ? { authority } : {}),
    ...(uriRegexRewrite
      ? { uriRegex: { match: uriRegexRewrite.match ?? "", rewrite: uriRegexRewrite.rewrite ?? "" } }
      : {}),
  }
  const stated = rule.mirrorPercentage?.value ?? rule.mirrorPercent ?? (rule.mirrorPercentage ? 0 : 100)
  const mirrors = [
    ...(rule.mirror ? [{ cluster: cluster(rule.mirror), percent: stated }] : []),
    ...(rule.mirrors ?? []).flatMap(({ destination, percentage }) =>
      destination ? [{ cluster: cluster(destination), percent: percentage ? (percentage.value ?? 0) : 100 }] : [],
    ),
  ]
  return {
    destinations: weightedClusters(rule.route ?? [], cluster),
    ...(rule.rewrite ? { rewrite } : {}),
    ...(timeoutMs ? { timeoutMs } : {}),
    ...(retries ? { retries } : {}),
    mirrors,
  }
}

/** A lone destination is taken whatever its weight; of several, those of weight 0 do not exist. */
function weightedClusters(
  route: readonly RouteDestination[],
  cluster: (destination: Destination) => string,
): WeightedCluster[] {
  return route.flatMap(({ destination, weight = 0, headers }) => {
    if (!destination) return []
    const name = cluster(destination)
    if (route.length > 1 && weight === 0) return []
    return [{ cluster: name, weight, ...translateHeaders(headers) }]
  })
}

/** The cluster's name, made also for what does not exist: requests for it are answered with 503, and istiod says why. */
export function destinationCluster(
  vs: VirtualService,
  destination: Destination,
  listenerPort: number,
  { services, clusters, problems }: Registry,
): string {
  const host = fullHost(destination.host, vs.metadata.namespace ?? "default")
  const service = services.get(host)
  const target = service?.mesh.alias ?? host
  const ports = service?.mesh.ports.map(({ number }) => number) ?? []
  const stated = destination.port?.number
  const port = stated ?? (ports.length === 1 ? (ports[0] ?? listenerPort) : listenerPort)
  const name = clusterName(target, port, destination.subset ?? "")
  if (!service) problems.notFound(vs, "host", destination.host)
  else if (stated === undefined && ports.length > 1) problems.portRequired(vs, host, ports)
  else if (service.mesh.alias === undefined && !clusters.has(name)) {
    if (!ports.includes(port)) problems.notFound(vs, "host:port", `${destination.host}:${port}`)
    else {
      const what = `${destination.host}+${destination.subset ?? ""}`
      problems.notFound(vs, "host+subset in destinationrule", what)
    }
  }
  return name
}

function translateRetries(stated: HttpRetry | undefined): RetryPolicy | undefined {
  if (!stated) return defaultRetries
  const { attempts = 0, perTryTimeout, retryOn, backoff, retryIgnorePreviousHosts } = stated
  if (attempts <= 0) return undefined
  const perTryTimeoutMs = durationMs(perTryTimeout ?? "")
  const conditions = retryOn
    ? retryOn
        .split(",")
        .map((item) => item.trim())
        .filter(Boolean)
    : undefined
  const statuses = conditions?.filter((item) => /^\d{3}$/.test(item)).map(Number) ?? defaultRetries.statuses
  const named = conditions?.filter((item) => !/^\d{3}$/.test(item)) ?? defaultRetries.on
  return {
    attempts,
    on: statuses.length > 0 ? [...new Set([...named, "retriable-status-codes"])] : named,
    statuses,
    ...(perTryTimeoutMs ? { perTryTimeoutMs } : {}),
    backoffMs: durationMs(backoff ?? "") ?? defaultRetries.backoffMs,
    ignorePreviousHosts: retryIgnorePreviousHosts ?? true,
  }
}

function translateRedirect(redirect: HttpRedirect, listener: Listener): Redirect {
  const { uri, prefixRewrite, authority, scheme, redirectCode = 301, derivePort } = redirect
  const port = redirect.port ?? (derivePort === "FROM_REQUEST_PORT" ? listener.port : undefined)
  const standard = (scheme ?? "http") === "https" ? 443 : 80
  const status = [301, 302, 303, 307, 308].includes(redirectCode) ? (redirectCode as Redirect["status"]) : 301
  return {
    status,
    ...(uri ? { uri } : {}),
    ...(prefixRewrite ? { prefixRewrite } : {}),
    ...(authority ? { authority } : {}),
    ...(scheme ? { scheme } : {}),
    ...(port !== undefined && port !== standard ? { port } : {}),
  }
}

function translateHeaders(headers: IstioHeaders | undefined): { headers?: HeaderOperations } {
  if (!headers) return {}
  return { headers: { request: changes(headers.request), response: changes(headers.response) } }
}

function changes(operation: HeaderOperation | undefined): HeaderChanges {
  const set = fieldNames(operation?.set)
  const { host, ...add } = fieldNames(operation?.add)
  // There is one Host: adding it replaces it, unless it is set as well, and it cannot be removed.
  if (host !== undefined) set["host"] ??= host
  return { set, add, remove: (operation?.remove ?? []).map(fieldName).filter((name) => name !== "host") }
}

function fieldNames(record: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [fieldName(name), formatted(value)]))
}

/** Values are formats of Envoy's: of its commands there are here the per-cent sign and the one that is known beforehand. */
function formatted(value: string): string {
  return value.replaceAll(/%%|%PROTOCOL%/g, (command) => (command === "%%" ? "%" : "HTTP/1.1"))
}

/** `:authority` is HTTP/2's name for what HTTP/1 has as Host. */
function fieldName(name: string): string {
  const lower = name.toLowerCase()
  return lower === ":authority" ? "host" : lower
}

function translateCors(policy: HttpCors): CorsPolicy {
  const { allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge } = policy
  const seconds = durationMs(maxAge ?? "")
  return {
    origins: allowOrigins.map((origin) => (origin.exact === "*" ? { present: true } : translateString(origin))),
    methods: allowMethods.join(","),
    headers: allowHeaders.join(","),
    expose: exposeHeaders.join(","),
    ...(seconds === undefined ? {} : { maxAge: String(Math.floor(seconds / 1000)) }),
    credentials: policy.allowCredentials === true,
    forwardUnmatched: policy.unmatchedPreflights !== "IGNORE",
  }
}

function translateFault(fault: HttpFault | undefined): Fault | undefined {
  if (!fault) return undefined
  const delayMs = durationMs(fault.delay?.fixedDelay ?? "")
  const status = fault.abort?.httpStatus
  return {
    ...(fault.delay && delayMs
      ? { delay: { percent: fault.delay.percentage?.value ?? fault.delay.percent ?? 0, ms: delayMs } }
      : {}),
    // Without a percentage an abort happens never, as in Envoy (a numerator of 0).
    ...(fault.abort && status ? { abort: { percent: fault.abort.percentage?.value ?? 0, status } } : {}),
  }
}
